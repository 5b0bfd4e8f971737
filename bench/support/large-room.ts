import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { CLONE } from "./room";

interface Machine {
  name: string;
  role: string;
  bmc: Record<string, unknown>;
  hardware: { hcas: Record<string, unknown>[] };
}

/**
 * The lab's inventory (lab/room.yaml) with this many GPU machines, all like its first, and one of every other role.
 * @param gpuMachines 1 to 200
 */
export function largeRoom(gpuMachines: number): string {
  const room = parse(readFileSync(join(CLONE, "lab/room.yaml"), "utf8"), { merge: true }) as {
    machines: Machine[];
  };
  const first = room.machines.find(({ role }) => role === "gpu") as Machine;
  const others = room.machines.filter(
    ({ role }, i) => role !== "gpu" && room.machines.findIndex((m) => m.role === role) === i,
  );
  const gpus = Array.from({ length: gpuMachines }, (_, i) => {
    const two = (i + 1).toString(16).padStart(2, "0");
    // Addresses from .40 on: the room's other machines and services lie below.
    return {
      ...first,
      name: `gpu-${i + 1}`,
      bmc: { ...first.bmc, address: `NET.1.${40 + i}`, systemGuid: `7100000000000000000000000001${two}00` },
      mac: `52:54:00:72:00:${two}`,
      address: `NET.2.${40 + i}`,
      hardware: {
        ...first.hardware,
        hcas: [
          {
            ...first.hardware.hcas[0],
            guid: `0x0002c90300${72}${two}10`,
            portGuid: `0x0002c90300${72}${two}11`,
          },
        ],
      },
    };
  });
  return stringify({ ...room, machines: [...others, ...gpus] }, { aliasDuplicateObjects: false });
}
