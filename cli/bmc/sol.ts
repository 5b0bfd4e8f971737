import { once } from "node:events";
import type { SolStream } from "../../bare-metal/ipmi/sol";
import { SilentFailure, UsageError } from "../failure";
import { interrupted } from "../interrupts";
import { attend } from "./console";
import { patienceOf } from "./options";
import { exitStatusOf, failureSummary } from "./outcomes";
import type { Typed } from "./run";
import { type BmcTarget, findTargets } from "./targets";

/**
 * The serial console of one machine, at this terminal. The BMC's session is closed whatever happens.
 * @throws {SilentFailure} with the exit status, if the console failed
 * @throws {UsageError} if the pattern names more than one host
 */
export async function runConsole(pattern: string, typed: Typed & { readonly steal?: true }): Promise<void> {
  const [target, ...others] = await findTargets(pattern, typed);
  if (target === undefined || others.length > 0) {
    throw new UsageError(`${others.length + 1} hosts; a console is of one`);
  }
  if (target.protocol !== "ipmi") throw new UsageError(`${target.name}: a console goes over IPMI only`);
  try {
    await openConsole(target, typed);
  } catch (error) {
    if (interrupted.aborted) throw error;
    const outcomes = [{ target, ok: false, error }] as const;
    const summary = failureSummary(outcomes) ?? "";
    process.stderr.write(`${summary}\n`);
    throw new SilentFailure(summary, exitStatusOf(outcomes));
  }
}

async function openConsole(
  { name, host, port, user, password, cipherSuite }: BmcTarget,
  { steal = false, sessionPrivilege: privilege = "operator", timeout }: Typed & { readonly steal?: boolean },
): Promise<void> {
  const { Ipmi } = require("../../bare-metal/ipmi") as typeof import("../../bare-metal/ipmi");
  const ipmi = new Ipmi(host, user, password, {
    port,
    cipherSuite,
    privilege,
    signal: interrupted,
    ...patienceOf(timeout),
  });
  let stream: SolStream | undefined;
  try {
    const opened = await ipmi.sol.activate({ steal });
    stream = opened;
    process.stderr.write(`[console of ${name}; ~. ends it, ~? lists more]\r\n`);
    await attend({ stream: opened, sendBreak: () => opened.sendBreak() }, process, interrupted);
    process.stderr.write(`\r\n[console of ${name} ended]\r\n`);
  } finally {
    if (stream && !stream.closed) {
      stream.destroy();
      await once(stream, "close");
    }
    await ipmi.close();
  }
}
