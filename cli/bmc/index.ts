import { isIPv4 } from "node:net";
import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import type { BmcPrivilege, BootDevice, Forced, PowerAction } from "../../bare-metal/bmc/driver";
import type { LanChange } from "../../bare-metal/ipmi/lan";
import { addControllerOptions, type ControllerOptions, controllerOf } from "./controller-options";
import { addBmcOptions, wholeNumber } from "./options";
import type { Typed } from "./run";
import type { Verb } from "./verb";
import { BOOT_DEVICES } from "./verbs/boot";
import { POWER_ACTIONS } from "./verbs/power";

const HOSTS = "such as gpu[01-48], gpu[01-04,07],login or 10.1.0.[11-58]";

const HELP = `
Hosts are machines of the inventory. With --user they are names or addresses of BMCs.
Power off, cycle, reset and the like of more than one machine, sel clear, users delete, lan set and whatever has --force
ask first, or take --yes.

Exit status: 0 all went well; 1 some failed; 2 typed wrongly, nothing was asked; 3 not one BMC answered; 130 interrupted.`;

/** `lectern bmc`: the BMCs of machines. Its code is loaded by the verb that runs. */
export function addBmcCommands(program: Command): void {
  const bmc = addBmcOptions(
    program.command("bmc").description("the BMCs of machines: power, sensors, logs, users"),
  );
  bmc.addHelpText("after", HELP);
  verb(bmc, "status", "whether each machine is on", () => load().power().powerStatus);
  verb(bmc, "info", "maker, model, firmware and system GUID", () => load().info().info);
  addPower(bmc);
  addBoot(bmc);
  addControllerOptions(
    verb(
      bmc,
      "sensors",
      "temperatures, fans, voltages, states",
      (_words, { faults = false, ...options }: { faults?: boolean } & ControllerOptions) =>
        load().sensors().sensors({ faults }, controllerOf(options)),
    ).option("--faults", "only what is not well"),
  );
  addControllerOptions(
    verb(bmc, "fru", "parts with their serial numbers", (_words, options: ControllerOptions) =>
      load().info().fru(controllerOf(options)),
    ),
  );
  const sel = bmc.command("sel").description("the event log");
  addControllerOptions(
    verb(
      sel,
      "list",
      "the events, oldest first (what `sel HOSTS` does)",
      (_words, options: ControllerOptions) => load().sel().sel(controllerOf(options)),
      { isDefault: true },
    ),
  );
  verb(sel, "clear", "erase them", () => load().sel().selClear).option("--yes", "do not ask");
  addUsers(bmc);
  addIpmiVerbs(bmc);
}

function addPower(bmc: Command): void {
  const power = bmc.command("power").description("switch machines on and off");
  verb(power, "status", "whether each is on (what `power HOSTS` does)", () => load().power().powerStatus, {
    isDefault: true,
  });
  for (const [action, { help, question }] of Object.entries(POWER_ACTIONS)) {
    const command = verb(power, action, help, () =>
      load()
        .power()
        .power(action as PowerAction),
    );
    if (question !== undefined) command.option("--yes", "do not ask, also for more than one machine");
  }
}

function addBoot(bmc: Command): void {
  const boot = bmc.command("boot").description("what machines boot from");
  verb(boot, "status", "what is set (what `boot HOSTS` does)", () => load().boot().bootStatus, {
    isDefault: true,
  });
  for (const [device, help] of Object.entries(BOOT_DEVICES)) {
    verb(boot, device, help, (_words, options: { persistent?: true; legacy?: true }) =>
      load()
        .boot()
        .boot(device as BootDevice, { once: !options.persistent, uefi: !options.legacy }),
    )
      .option("--persistent", "for every boot (default: for the next one)")
      .option("--legacy", "BIOS compatible boot (default: UEFI)");
  }
}

function addUsers(bmc: Command): void {
  const users = bmc.command("users").description("who may log in to the BMCs");
  const privilege = () =>
    new Argument("<privilege>", "on the BMC").choices(["user", "operator", "administrator"]);
  const newPassword = (file: string | undefined) => load().password().readNewPassword(file);
  type Words = [string, BmcPrivilege];
  type Secret = { newPasswordFile?: string };
  const secretFile = [
    "--new-password-file <file>",
    "file with the password, mode 0600 (default: $LECTERN_BMC_NEW_PASSWORD, else asked for)",
  ] as const;

  verb(users, "list", "all of them (what `users HOSTS` does)", () => load().users().users, {
    isDefault: true,
  });
  verb(users, "add", "make a user", async ([name, level]: Words, { newPasswordFile }: Secret) =>
    load()
      .users()
      .userAdd(name, level, await newPassword(newPasswordFile)),
  )
    .argument("<name>", "at most 16 bytes")
    .addArgument(privilege())
    .option(...secretFile);
  verb(
    users,
    "password",
    "give a user another password",
    async ([name]: Words, { newPasswordFile }: Secret) =>
      load()
        .users()
        .userPassword(name, await newPassword(newPasswordFile)),
  )
    .argument("<name>")
    .option(...secretFile);
  const force = ["--force", "also the last administrator, whom nobody could bring back from afar"] as const;
  const yes = ["--yes", "do not ask"] as const;
  verb(users, "privilege", "change what a user may do", ([name, level]: Words, options: Forced) =>
    load().users().userPrivilege(name, level, options),
  )
    .argument("<name>")
    .addArgument(privilege())
    .option(...force)
    .option(...yes);
  verb(users, "enable", "enable a user", ([name]: Words) => load().users().userEnable(name)).argument(
    "<name>",
  );
  for (const [action, help, make] of [
    [
      "disable",
      "disable a user",
      (name: string, options: Forced) => load().users().userDisable(name, options),
    ],
    ["delete", "remove a user", (name: string, options: Forced) => load().users().userDelete(name, options)],
  ] as const) {
    verb(users, action, help, ([name]: Words, options: Forced) => make(name, options))
      .argument("<name>")
      .option(...force)
      .option(...yes);
  }
}

function addLan(bmc: Command): void {
  const channel = [
    "--channel <number>",
    "of the BMC (default: the one that is asked over)",
    wholeNumber(1, 11),
  ] as const;
  const lan = bmc.command("lan").description("how the BMCs themselves are in the network (IPMI)");
  verb(
    lan,
    "status",
    "how it is set (what `lan HOSTS` does)",
    (_words, options: { channel?: number }) => load().lan().lanStatus(options),
    { isDefault: true },
  ).option(...channel);
  type Options = Forced & LanChange & { channel?: number };
  verb(
    lan,
    "set",
    "change it, and read it back",
    (_words, { source, address, mask, gateway, vlan, vlanPriority, ...options }: Options) =>
      load()
        .lan()
        .lanSet({ source, address, mask, gateway, vlan, vlanPriority } as LanChange, options),
  )
    .addOption(new Option("--source <name>", "where it has its address from").choices(["static", "dhcp"]))
    .option("--address <ip>", "IPv4 address; of one host only", ipv4)
    .option("--mask <ip>", "its subnet mask", ipv4)
    .option("--gateway <ip>", "its default gateway", ipv4)
    .option("--vlan <id>", "1 to 4094, or off", (text) =>
      text === "off" ? text : wholeNumber(1, 4094)(text),
    )
    .option("--vlan-priority <number>", "0 to 7", wholeNumber(0, 7))
    .option(...channel)
    .option(
      "--force",
      "also on the channel that is asked over: with wrong values nobody reaches the BMC any more",
    )
    .option("--yes", "do not ask");
}

function addIpmiVerbs(bmc: Command): void {
  bmc
    .command("sol")
    .description("the serial console of one machine, here; ~. ends it (IPMI)")
    .argument("<host>", "one host")
    .option("--steal", "end the console that somebody else has open")
    .action(async (host: string, _options: object, command: Command) => {
      const { runConsole } = require("./sol") as typeof import("./sol");
      await runConsole(host, command.optsWithGlobals());
    });
  addLan(bmc);
  const watchdog = bmc.command("watchdog").description("the timer that restarts a machine that hangs (IPMI)");
  verb(
    watchdog,
    "status",
    "how it is set (what `watchdog HOSTS` does)",
    () => load().watchdog().watchdogStatus,
    { isDefault: true },
  );
  verb(watchdog, "stop", "nothing restarts the machine any more", () => load().watchdog().watchdogStop);
  const dcmi = bmc.command("dcmi").description("Data Center Manageability Interface (IPMI)");
  verb(dcmi, "power", "what machines draw, in watts", () => load().dcmi().dcmiPower);
  verb(
    bmc,
    "identify",
    "light the lamp at the chassis (IPMI)",
    (_words, options: { on?: true; off?: true; seconds: number }) =>
      load()
        .identify()
        .identify(options.on ? "force" : options.off ? 0 : options.seconds),
  )
    .option("--seconds <number>", "for so long", byte, 15)
    .option("--on", "until told otherwise")
    .option("--off", "no longer");
  addControllerOptions(
    verb(
      bmc,
      "raw",
      "any command by its numbers (IPMI)",
      ([netFn, code, data]: [number, number, number[]], options: ControllerOptions) =>
        load()
          .raw()
          .raw({ netFn, code, data: Buffer.from(data) }, controllerOf(options)),
    )
      .argument("<netfn>", "network function, even", byte)
      .argument("<command>", "number of the command", byte)
      .argument("[bytes...]", "its data", (text, before: number[] = []) => [...before, byte(text)], []),
  );
}

/**
 * Adds a verb that takes hosts.
 * @param make the verb from the words after the hosts and the options
 */
function verb<T, Words extends unknown[], Options>(
  parent: Command,
  name: string,
  description: string,
  make: (words: Words, options: Options) => Verb<T> | Promise<Verb<T>>,
  settings: { isDefault?: boolean } = {},
): Command {
  return parent
    .command(name, settings)
    .description(description)
    .argument("<hosts>", HOSTS)
    .action(async (hosts: string, ...rest: unknown[]) => {
      const command = rest.pop() as Command;
      const words = rest.slice(0, -1) as Words;
      const options = command.optsWithGlobals<Typed & Options>();
      const { runVerb } = require("./run") as typeof import("./run");
      await runVerb(hosts, await make(words, options), options);
    });
}

function ipv4(text: string): string {
  if (isIPv4(text)) return text;
  throw new InvalidArgumentError("Not an IPv4 address, such as 192.0.2.10.");
}

function byte(text: string): number {
  const value = Number(text);
  if (/^(\d+|0x[0-9a-f]+)$/i.test(text) && value <= 255) return value;
  throw new InvalidArgumentError("Not a byte, such as 6 or 0x2c.");
}

const load = () => ({
  power: () => require("./verbs/power") as typeof import("./verbs/power"),
  boot: () => require("./verbs/boot") as typeof import("./verbs/boot"),
  info: () => require("./verbs/info") as typeof import("./verbs/info"),
  sensors: () => require("./verbs/sensors") as typeof import("./verbs/sensors"),
  sel: () => require("./verbs/sel") as typeof import("./verbs/sel"),
  users: () => require("./verbs/users") as typeof import("./verbs/users"),
  identify: () => require("./verbs/identify") as typeof import("./verbs/identify"),
  lan: () => require("./verbs/lan") as typeof import("./verbs/lan"),
  watchdog: () => require("./verbs/watchdog") as typeof import("./verbs/watchdog"),
  dcmi: () => require("./verbs/dcmi") as typeof import("./verbs/dcmi"),
  raw: () => require("./verbs/raw") as typeof import("./verbs/raw"),
  password: () => require("./password") as typeof import("./password"),
});
