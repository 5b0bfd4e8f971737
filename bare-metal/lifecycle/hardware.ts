import type { Fault } from "../../base/faults";
import type { HardwareReport } from "../inventory/inventory";

/** Memory that firmware, kernel and ECC keep for themselves: what is reported may be that much below what was bought. */
const MEMORY_KEPT = 0.07;

/** What a machine reported against what it should have; a fault for each difference. */
export function compareHardware(machine: string, expected: HardwareReport, found: HardwareReport): Fault[] {
  const faults: Fault[] = [];
  const differs = (part: string, is: string, should: string): void => {
    const fix = "repair or reseat the part, or correct the inventory if the machine was changed on purpose";
    faults.push({
      path: `${machine}.${part}`,
      value: is,
      problem: `reported ${is}, expected ${should}`,
      fix,
    });
  };
  if (found.cpus !== expected.cpus) differs("cpus", String(found.cpus), String(expected.cpus));
  if (!memoryFits(found.memoryBytes, expected.memoryBytes)) {
    differs("memoryBytes", String(found.memoryBytes), String(expected.memoryBytes));
  }
  if (found.gpus.length !== expected.gpus.length) {
    differs("gpus", `${found.gpus.length} GPUs`, `${expected.gpus.length} GPUs`);
  } else {
    expected.gpus.forEach((gpu, i) => {
      const other = found.gpus[i];
      if (other?.model !== gpu.model) differs(`gpus[${i}].model`, String(other?.model), gpu.model);
      else if (!memoryFits(other.memoryBytes, gpu.memoryBytes)) {
        differs(`gpus[${i}].memoryBytes`, String(other.memoryBytes), String(gpu.memoryBytes));
      }
    });
  }
  for (const hca of expected.hcas) {
    const other = found.hcas.find((h) => h.name === hca.name);
    if (other === undefined) differs(`hcas.${hca.name}`, "no such HCA", `port GUID ${hca.portGuid}`);
    else if (other.guid !== hca.guid) differs(`hcas.${hca.name}.guid`, other.guid, hca.guid);
    else if (other.portGuid !== hca.portGuid)
      differs(`hcas.${hca.name}.portGuid`, other.portGuid, hca.portGuid);
  }
  for (const hca of found.hcas) {
    if (!expected.hcas.some((h) => h.name === hca.name))
      differs(`hcas.${hca.name}`, `port GUID ${hca.portGuid}`, "no such HCA");
  }
  return faults;
}

function memoryFits(found: number, expected: number): boolean {
  return found <= expected && found >= expected * (1 - MEMORY_KEPT);
}
