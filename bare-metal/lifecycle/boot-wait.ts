import type { Milliseconds } from "../../base/units";
import type { Situation } from "./decide";
import { bootBegan, canFallBack, fallingBack, isUnderWay, targetImage, wentBack } from "./record-facts";
import { CHECK_BMC_LOG, failed, type Failed, go, type Result, seconds, wait } from "./result";

/** How long a BMC may take to show a power command in its status. */
export const POWER_SETTLES: Milliseconds = 30_000;
/** Clocks further apart make certificates and tokens invalid. */
const CLOCK_TOLERANCE = 60;

const WAITING: Partial<Record<Situation["state"], string>> = {
  booting: "powered on, waiting for it to report",
  wiping: "wiping its disks",
  installing: "installing",
  joining: "its system is up, waiting for its report",
};

/** What the machine's report leads to; undefined while there is none. */
export function reported(s: Situation): Result | undefined {
  const { record } = s;
  if (record === undefined) {
    return failed(
      "the boot service forgot it during its boot",
      "see whether the service's state was removed",
    );
  }
  if (record.state === "failed") {
    return didNotComeUp(
      s,
      record.error === undefined
        ? (record.failure?.problem ?? "it reports: failed, without a reason")
        : `it reports: ${record.error}`,
      record.failure?.fix ?? "mend what it names; its console tells more",
    );
  }
  if (record.state === "ready") return checkReport(s) ?? go(s.cluster ? "joining" : "ready");
  if (isUnderWay(record.state) && record.state !== s.state) return go(record.state);
  return undefined;
}

/** What is wrong with a machine that says it is ready. */
function checkReport(s: Situation): Result | undefined {
  const root = s.record?.root;
  const wanted = targetImage(s).root;
  if (wanted !== undefined && root !== undefined && root !== wanted) {
    if (wentBack(s)) {
      const problem = `slot with the image ${wanted.slice(0, 12)} did not start, and the machine went back by itself`;
      return { kind: "continue", to: s.cluster ? "joining" : "ready", action: "acceptOld", problem };
    }
    return didNotComeUp(
      s,
      `it runs the image ${root.slice(0, 12)}, not ${wanted.slice(0, 12)}`,
      "check that it boots from the network, not from an old disk, and that the image set of the boot service is the one that was published",
    );
  }
  return wrongClock(s);
}

/** The failure of a machine whose clock, at its report, was not that of the boot service. */
export function wrongClock({ record }: Situation): Failed | undefined {
  const { clockAhead = 0 } = record ?? {};
  if (Math.abs(clockAhead) <= CLOCK_TOLERANCE) return undefined;
  const how = clockAhead > 0 ? "ahead of" : "behind";
  return failed(
    `its clock is ${Math.round(Math.abs(clockAhead))} s ${how} the boot service's, so certificates and tokens would not hold`,
    "set its hardware clock, check chrony and the time server on both sides, switch it off and run again",
  );
}

/** Waits for the next word of a machine that boots, until the boot's deadline. */
export function awaitReport(s: Situation): Result {
  const timeout = s.goal.become === "ready" ? s.goal.timeout : 0;
  const { seenOn, poweredOn } = s.memory;
  if (s.power === "off" && seenOn) return failed("it lost power during its boot", CHECK_BMC_LOG);
  if (s.power === "off" && poweredOn !== undefined && s.now >= poweredOn + POWER_SETTLES) {
    return failed(`it is still off ${seconds(POWER_SETTLES)} after it was switched on`, CHECK_BMC_LOG);
  }
  const until = bootBegan(s) + timeout;
  if (s.now < until) return wait(WAITING[s.state] ?? s.state, until, false);
  const asked = s.record?.bootedAt !== undefined;
  const { strangers = [] } = s.record ?? {};
  if (!asked && strangers.length > 0) {
    return didNotComeUp(
      s,
      `not ready ${seconds(timeout)} after its boot began: it never asked the boot service for its script, but ` +
        `${strangers.length === 1 ? "a machine that nobody registered did" : "machines that nobody registered did"}: ${strangers.join(", ")}`,
      "if that is this machine, correct its mac in the inventory (lectern machines discovered shows what it has); else check its cable",
    );
  }
  return didNotComeUp(
    s,
    asked
      ? `not ready ${seconds(timeout)} after its boot began (last state: ${s.record?.state})`
      : `not ready ${seconds(timeout)} after its boot began: it never asked the boot service for its script`,
    asked
      ? "look at its console, and check that it reaches the boot service"
      : "check its MAC address in the inventory, its cable in the provisioning network, that it boots from the network, and that no other DHCP server answers (lectern machines check-dhcp)",
  );
}

/** A boot that did not end well: back to the image before where there is one, else the end. */
export function didNotComeUp(s: Situation, problem: string, fix: string): Result {
  if (!canFallBack(s.goal) || fallingBack(s)) return failed(problem, fix);
  return { kind: "continue", to: "off", action: "reject", problem };
}
