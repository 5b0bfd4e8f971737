import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { UsageError } from "./failure";
import type { ServiceAccess } from "./machines-service";

/** What can be typed with every verb of `lectern machines`. */
export interface ServiceOptions extends ServiceAccess {
  boot?: string;
  credentials?: string;
  inventory?: string;
  json?: true;
}

const HELP = `
States and history are those that the boot service keeps; ask the BMCs with \`lectern bmc status\`.

Exit status: 0 all went well; 1 it did not; 2 typed wrongly; 130 interrupted.`;

/** `lectern machines`: what the boot service knows of machines. */
export function addMachinesCommands(program: Command): void {
  const machines = program
    .command("machines")
    .description("machines as the boot service knows them")
    .option("--boot <url>", "the boot service (default: that of the room $LECTERN_ROOM_DIR)")
    .option("--pin <pin>", "pin of its key, for https: the output bootService.pin of the site")
    .option("--plain-http", "send its token over plain HTTP to another machine, in a network of your own")
    .option("--credentials <file>", "file with its bootToken (default: that of the room)")
    .option("--inventory <file>", "names of machines (default: $LECTERN_INVENTORY, else the room's)")
    .addHelpText("after", HELP);
  const lives = () => require("./machines-verbs") as typeof import("./machines-verbs");
  machines
    .command("list")
    .description("where each stands in its life: state, image, power-ons of late, what is wrong")
    .option("--json", "as JSON")
    .action((_options: object, command: Command) => lives().list(command.optsWithGlobals()));
  machines
    .command("show")
    .description("one machine, with its history")
    .argument("<machine>", "name in the inventory")
    .option("--json", "as JSON")
    .action((name: string, _options: object, command: Command) =>
      lives().show(name, command.optsWithGlobals()),
    );
  machines
    .command("reset")
    .description("say that you looked at a failed machine: it may be switched on, and try its image, again")
    .argument("<machine...>", "names in the inventory")
    .option(
      "--disks",
      "a disk was replaced on purpose: forget which ones it had, and which are the site's own",
    )
    .action((names: string[], _options: object, command: Command) =>
      lives().reset(names, command.optsWithGlobals()),
    );
  machines
    .command("check-dhcp")
    .description(
      "ask who gives addresses and boot programs in the provisioning network (on the gateway, as root)",
    )
    .requiredOption("--network <cidr>", "the provisioning network, such as 10.1.0.0/22")
    .option(
      "--mode <mode>",
      "how our DHCP is meant to run there: server, or proxy beside another one",
      "server",
    )
    .option("--wait <seconds>", "how long answers are awaited", "5")
    .option("--json", "as JSON")
    .action((_options: object, command: Command) =>
      (require("./machines-dhcp") as typeof import("./machines-dhcp")).checkDhcp(command.optsWithGlobals()),
    );
  machines
    .command("discovered")
    .description("machines that booted and that nobody registered, with what to write into the inventory")
    .option("--json", "as JSON")
    .action(async ({ json }: { json?: true }) => {
      const found = await (await client(machines.opts<ServiceOptions>())).discovered();
      if (json) return print(JSON.stringify(found, null, 2));
      if (found.length === 0) return void process.stderr.write("no unknown machine has booted\n");
      const { formatTable } = require("./table") as typeof import("./table");
      const { formatSize } = require("../base/units") as typeof import("../base/units");
      const rows = found.map(({ mac, address, at, hardware: { cpus, memoryBytes, gpus, hcas } }) => [
        mac,
        address,
        at,
        cpus,
        formatSize(Math.round(memoryBytes / 2 ** 20) * 2 ** 20),
        gpus.length === 0 ? "" : `${gpus.length} × ${gpus[0]?.model}`,
        hcas.map((hca) => hca.name).join(" "),
      ]);
      print(formatTable(["MAC", "ADDRESS", "SEEN", "CPUS", "MEMORY", "GPUS", "HCAS"], rows));
    });
  machines
    .command("adopt")
    .description("print the inventory's entry of a machine that was discovered")
    .argument("<mac>", "as `machines discovered` shows it")
    .requiredOption("--name <name>", "the machine's name")
    .requiredOption("--bmc <address>", "address of its BMC")
    .requiredOption("--address <address>", "its address in the provisioning network")
    .option("--bmc-user <name>", "user of its BMC", "lectern")
    .action(async (mac: string, options: { name: string; bmc: string; address: string; bmcUser: string }) => {
      const all = await (await client(machines.opts<ServiceOptions>())).discovered();
      const found = all.find((m) => m.mac === mac.toLowerCase());
      if (!found)
        throw new UsageError(
          `${mac} was not discovered; there are: ${all.map((m) => m.mac).join(", ") || "none"}`,
        );
      const { inventoryEntry } =
        require("../bare-metal/boot/adopt") as typeof import("../bare-metal/boot/adopt");
      const { stringify } = require("yaml") as typeof import("yaml");
      print(stringify([inventoryEntry(found, options)]).trimEnd());
    });
}

async function client({ boot, credentials, ...access }: ServiceOptions) {
  if (boot !== undefined && credentials !== undefined) {
    const { bootToken: token } = JSON.parse(readFileSync(credentials, "utf8")) as { bootToken: string };
    const { bootServiceAt } = require("./machines-service") as typeof import("./machines-service");
    return bootServiceAt(boot, token, access);
  }
  if (boot !== undefined || credentials !== undefined)
    throw new UsageError("give both --boot and --credentials, or neither for the lab's room");
  const { openRoom, openRoomFolder } = require("../lab/room") as typeof import("../lab/room");
  const { bootServiceClient } = require("../lab/boot-service") as typeof import("../lab/boot-service");
  const dir = process.env["LECTERN_ROOM_DIR"];
  return bootServiceClient(dir ? openRoomFolder(dir) : openRoom(process.env["LECTERN_ROOM"] || "lab"));
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
