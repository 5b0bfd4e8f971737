import type { MachineRole } from "../../bare-metal/inventory/inventory";
import { machinesAtOnce, type WaveLimits } from "../../bare-metal/lifecycle/wave";

/** How many machines of a role may be under way at once: numbers, or shares such as `25%`. */
export interface WaveSettings {
  readonly changesAtOnce: number | string;
  readonly bootsAtOnce: number | string;
  readonly stopAfter: number;
  /** For single roles. Default: as above. */
  readonly roles?: Partial<Record<MachineRole, RoleWave>> | undefined;
}

interface RoleWave {
  readonly changesAtOnce?: number | string | undefined;
  readonly bootsAtOnce?: number | string | undefined;
  readonly stopAfter?: number | undefined;
}

/** The limits of each role that has machines, in machines. */
export function planWaves(
  machines: readonly { readonly role: MachineRole }[],
  { roles = {}, ...all }: WaveSettings,
): Partial<Record<MachineRole, WaveLimits>> {
  const counts = new Map<MachineRole, number>();
  for (const { role } of machines) counts.set(role, (counts.get(role) ?? 0) + 1);
  return Object.fromEntries(
    [...counts].map(([role, count]): [MachineRole, WaveLimits] => {
      const own = roles[role] ?? {};
      const { changesAtOnce = all.changesAtOnce, bootsAtOnce = all.bootsAtOnce } = own;
      const limit = (setting: number | string): number => machinesAtOnce(setting, count) ?? 1;
      const limits = { changesAtOnce: limit(changesAtOnce), bootsAtOnce: limit(bootsAtOnce) };
      return [role, { group: role, ...limits, stopAfter: own.stopAfter ?? all.stopAfter }];
    }),
  );
}
