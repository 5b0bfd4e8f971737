import { join } from "node:path";
import { run as runProgram } from "../base/run";
import { ensurePackages } from "../toolchain/debian";
import { ensureNodeImage } from "../toolchain/node-image";
import { ensureTools } from "../toolchain/resolve";

/** Our boot may take so many times as long as one by hand. */
const LIMIT = 1.1;

/** A virtual machine booted over the network by hand and by the life of a machine, in turns: the better of two each. */
export async function run(signal: AbortSignal): Promise<Record<string, unknown>> {
  await ensurePackages(["lab", "node", "test"]);
  const toolbox = await ensureTools("all");
  const image = await ensureNodeImage({ kernel: "cloud" });
  const register = join(__dirname, "../base/register.js");
  const program = join(__dirname, "support/boot-overhead.ts");
  const { stdout } = await runProgram(
    ["unshare", "--net", process.execPath, "--require", register, program, image],
    { env: { ...process.env, PATH: `${toolbox.searchPath()}:${process.env["PATH"]}:/usr/sbin` }, signal },
  );
  const { byHand, ours } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Record<string, number[]>;
  const best = (seconds: readonly number[] = []): number => Math.min(...seconds);
  return {
    secondsByHand: byHand,
    secondsOurs: ours,
    ratio: Number((best(ours) / best(byHand)).toFixed(3)),
    limit: LIMIT,
  };
}
