import { SECRET, SIGNATURE } from "../base/provider/wire";
import type { Recorded } from "../base/provider";
import type { MachineInputs, MachineOutputs } from "../bare-metal/provider/contract/machine";
import { machine } from "../bare-metal/provider/resources/machine";

/** A machine as its site's stack holds it, secrets in clear: for memory only. */
export type SiteMachine = Recorded<MachineInputs, MachineOutputs>;

/** A resource in a stack's state (`pulumi stack export --show-secrets`). */
interface StoredResource {
  readonly type: string;
  readonly id?: string;
  readonly inputs?: unknown;
  readonly outputs?: unknown;
}

/** The machines of a site, by name. Pure. @param deployment The state of its stack, secrets in clear. */
export function machinesOf(deployment: {
  readonly resources?: readonly StoredResource[];
}): ReadonlyMap<string, SiteMachine> {
  return new Map(
    (deployment.resources ?? [])
      .filter(({ type, id }) => type === "metal:index:Machine" && id !== undefined)
      .map(({ id = "", inputs, outputs }) => [
        id,
        { id, inputs: inClear(inputs) as MachineInputs, outputs: inClear(outputs) as MachineOutputs },
      ]),
  );
}

/**
 * Takes a machine through its life to power-off (drained by the Eviction API, shut down) or back to ready. What it does
 * is written down by the boot service, so a run that was killed is gone on with. Its stack goes on saying that it is on.
 */
export async function setPower(
  recorded: SiteMachine,
  power: "on" | "off",
  { signal, note }: { readonly signal: AbortSignal; readonly note?: ((text: string) => void) | undefined },
): Promise<void> {
  const said = (text: string): void => note?.(text);
  const context = { signal, hasSecrets: true, info: said, warn: said, status: said };
  await (machine as Required<typeof machine>).update(recorded, { ...recorded.inputs, power }, context);
}

/** Values as a state holds them, secrets unwrapped. */
function inClear(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inClear);
  if (value === null || typeof value !== "object") return value;
  const object = value as Record<string, unknown>;
  if (object[SIGNATURE] === SECRET) return inClear(JSON.parse(String(object["plaintext"])) as unknown);
  return Object.fromEntries(Object.entries(object).map(([key, held]) => [key, inClear(held)]));
}
