import { join } from "node:path";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ProcessFolder } from "../base/processes";
import type { InventoryMachine } from "../bare-metal/inventory/inventory";
import { privateFolder, readIfThere, replaceFile } from "../base/files";
import { machineFolder, simulatedBmc } from "./machine";
import { whenReady } from "./ready";
import type { Room } from "./room";

/** Programs that a BMC's chassis may be: the power switch of a light machine, or of a virtual one. */
const CHASSIS_CONTROL = join(__dirname, "chassis-control.sh");
export const VM_CHASSIS_CONTROL = join(__dirname, "vm", "chassis-control.sh");

/** Names of the processes: one BMC a machine. */
export function bmcProcesses(room: Room): string[] {
  return room.inventory.machines.map((machine) => `bmc-${machine.name}`);
}

/**
 * Starts a BMC (OpenIPMI's ipmi_sim) for each machine and waits until all answer. Idempotent.
 * @param virtual Names of the machines that are virtual machines (vm/).
 */
export async function startBmcs(room: Room, virtual: readonly string[] = []): Promise<void> {
  await Promise.all(
    room.inventory.machines.map((machine) =>
      startBmc(room, machine, virtual.includes(machine.name) ? VM_CHASSIS_CONTROL : CHASSIS_CONTROL),
    ),
  );
}

async function startBmc(room: Room, machine: InventoryMachine, chassisControl: string): Promise<void> {
  const dir = machineFolder(room, machine.name);
  const password = room.credentials.bmc[machine.name]?.password ?? "";
  privateFolder(join(dir, "state"));
  replaceFile(join(dir, "lan.conf"), renderLanConf(machine, { password, dir, chassisControl }));
  replaceFile(join(dir, "password"), password);
  replaceFile(join(dir, "sim.emu"), SIM_EMU);
  if (readIfThere(join(dir, "power")) === undefined) replaceFile(join(dir, "power"), "off\n");
  const processes = new ProcessFolder(join(room.dir, "run"));
  const name = `bmc-${machine.name}`;
  const logFile = join(room.dir, "logs", `${name}.log`);
  const argv = ["ipmi_sim", "-c", "lan.conf", "-f", "sim.emu", "-s", "state", "-n"] as const;
  processes.start({ name, argv: [...argv], cwd: dir, logFile });
  await whenReady({ processes, name, logFile, probe: () => powerStatus(room, machine), timeout: 20_000 });
}

/** What the BMC itself says about power, asked by ipmitool. */
async function powerStatus(room: Room, machine: InventoryMachine): Promise<"on" | "off" | undefined> {
  const bmc = simulatedBmc(machine);
  const file = join(machineFolder(room, machine.name), "password");
  const args = ["-I", "lanplus", "-C", String(bmc.cipherSuite), "-H", bmc.address, "-p", String(bmc.port)];
  const login = ["-U", bmc.user, "-f", file, "-N", "1", "-R", "1"];
  const { stdout } = await promisify(execFile)("ipmitool", [...args, ...login, "power", "status"]);
  return /Power is (on|off)/.exec(stdout)?.[1] as "on" | "off" | undefined;
}

/** ipmi_sim's configuration (ipmi_lan(5)). Holds the password: mode 0600. */
export function renderLanConf(
  { name, bmc }: InventoryMachine,
  {
    password,
    dir,
    chassisControl = CHASSIS_CONTROL,
  }: { readonly password: string; readonly dir: string; readonly chassisControl?: string },
): string {
  return [
    `name "${name}"`,
    "set_working_mc 0x20",
    "startlan 1",
    `  addr ${bmc.address} ${bmc.port}`,
    "  priv_limit admin",
    "  allowed_auths_callback none",
    "  allowed_auths_user md5",
    "  allowed_auths_operator md5",
    "  allowed_auths_admin md5",
    ...(bmc.systemGuid === undefined ? [] : [`  guid ${bmc.systemGuid}`]),
    "endlan",
    `chassis_control "/bin/sh ${chassisControl} ${dir}"`,
    'user 1 false "" "" user 10 none',
    `user 2 true "${bmc.user}" "${password}" admin 10 md5`,
    "",
  ].join("\n");
}

/** One management controller at 0x20 with an event log (ipmi_sim_cmd(5)). */
const SIM_EMU = `mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
sel_enable 0x20 1000 0x0a
mc_enable 0x20
`;
