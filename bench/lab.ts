import type { ProofStep } from "../lab/proof";
import { lectern, measure } from "./support/room";

/** Seconds on 2 cores, from nothing to the proof, with the toolchain cached. */
const LIMIT_SECONDS = 180;
const LIMIT_BYTES = 8 * 2 ** 30;

/** From no room at all to the proof. */
export async function run(): Promise<object> {
  await measure(lectern("lab", "down", "--purge")).catch(() => undefined);
  try {
    const up = await measure(lectern("lab", "up", "--json"), { memory: true });
    const steps = JSON.parse(up.stdout) as ProofStep[];
    return {
      seconds: up.wallMs / 1e3,
      limitSeconds: LIMIT_SECONDS,
      peakBytes: up.peakBytes,
      limitBytes: LIMIT_BYTES,
      proofsHeld: steps.filter((s) => s.holds).length,
      proofs: steps.length,
    };
  } finally {
    await measure(lectern("lab", "down", "--purge"));
  }
}
