import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { CLONE } from "./room";

interface Machine {
  name: string;
  role: string;
  mac: string;
  address: string;
  bmc: Record<string, unknown>;
  hardware: { hcas: Record<string, unknown>[] };
}

/** Machines without GPUs, for pods that ask for none: GPU machines take no others. */
const CPU_MACHINES = 4;

/**
 * The lab's inventory (lab/room.yaml) with this many GPU machines, all like its first, some without GPUs, and one of
 * every other role.
 * @param gpuMachines 1 to 100
 */
export function largeRoom(gpuMachines: number): string {
  const room = parse(readFileSync(join(CLONE, "lab/room.yaml"), "utf8"), { merge: true }) as {
    machines: Machine[];
  };
  const first = room.machines.find(({ role }) => role === "gpu") as Machine;
  const others = room.machines.filter(
    ({ role }, i) => role !== "gpu" && room.machines.findIndex((m) => m.role === role) === i,
  );
  const numbered = (name: string, i: number): Machine => {
    const two = i.toString(16).padStart(2, "0");
    const guid = (end: string): string => `0x0002c9030072${two}${end}`;
    // Addresses from .40 on: the room's other machines and services lie below.
    return {
      ...first,
      name,
      bmc: { ...first.bmc, address: `NET.1.${40 + i}`, systemGuid: `7100000000000000000000000001${two}00` },
      mac: `52:54:00:72:00:${two}`,
      address: `NET.2.${40 + i}`,
      hardware: {
        ...first.hardware,
        hcas: [{ ...first.hardware.hcas[0], guid: guid("10"), portGuid: guid("11") }],
      },
    };
  };
  const gpus = Array.from({ length: gpuMachines }, (_, i) => numbered(`gpu-${i + 1}`, i));
  const cpus = Array.from({ length: CPU_MACHINES }, (_, i) => {
    const { hardware, ...machine } = numbered(`cpu-${i + 1}`, gpuMachines + i);
    return { ...machine, role: "cpu", hardware: { ...hardware, gpus: undefined } };
  });
  return stringify({ ...room, machines: [...others, ...gpus, ...cpus] }, { aliasDuplicateObjects: false });
}
