import assert from "node:assert/strict";
import {
  IpmiArgumentError,
  IpmiCompletionError,
  IpmiMalformedReplyError,
  withIpmi,
} from "../../../../bare-metal/ipmi";
import type { Watchdog, WatchdogTimer } from "../../../../bare-metal/ipmi/watchdog";
import { startIpmiSim } from "../../../fixtures/ipmi/ipmi-sim";
import { type PyghmiBmc, startPyghmiBmc } from "../../../fixtures/ipmi/pyghmi-bmc";

describe("watchdog timer against pyghmi's BMC, with ipmitool as oracle", function () {
  this.timeout(60_000);
  let bmc: PyghmiBmc;
  const withWatchdog = <T>(work: (watchdog: Watchdog) => Promise<T>) =>
    withIpmi(bmc, (ipmi) => work(ipmi.watchdog));
  const oracle = async () => {
    const text = await bmc.ipmitool("mc", "watchdog", "get");
    return Object.fromEntries(
      [...text.matchAll(/^(.*?):\s+(.*)$/gm)].map(([, name, value]) => [name, value]),
    );
  };

  before(async () => {
    bmc = await startPyghmiBmc("127.82.3.1");
  });
  after(() => bmc?.stop());

  it("cannot start a timer that was never set, and says so", async () => {
    await assert.rejects(
      withWatchdog((watchdog) => watchdog.reset()),
      (error: unknown) => {
        assert.ok(error instanceof IpmiCompletionError);
        assert.match(error.message, /never set/);
        return true;
      },
    );
  });

  const words = {
    none: "No action",
    reset: "Hard Reset",
    "power-down": "Power Down",
    "power-cycle": "Power Cycle",
  };
  for (const action of ["none", "reset", "power-down", "power-cycle"] as const) {
    it(`sets and starts a timer with action ${action}, and ipmitool reads every field of it`, async () => {
      const settings = {
        action,
        countdown: 120_500,
        use: "os-load",
        interrupt: "nmi",
        preTimeout: 30,
      } as const;
      const timer = await withWatchdog(async (watchdog) => {
        const set = await watchdog.set(settings);
        assert.equal(set.running, false);
        await watchdog.reset();
        return watchdog.status();
      });
      assert.deepEqual(timer, {
        ...settings,
        logs: true,
        running: true,
        left: 120_500,
        expired: ["bios-post"],
      } satisfies WatchdogTimer);
      const seen = await oracle();
      assert.match(seen["Watchdog Timer Use"] ?? "", /OS Load/i);
      assert.match(seen["Watchdog Timer Is"] ?? "", /Started/);
      assert.match(seen["Watchdog Timer Logging"] ?? "", /On/);
      assert.ok(seen["Watchdog Timer Action"]?.includes(words[action]), seen["Watchdog Timer Action"]);
      assert.match(seen["Pre-timeout interrupt"] ?? "", /NMI/);
      assert.equal(seen["Pre-timeout interval"], "30 seconds");
      assert.equal(seen["Timer Expiration Flags"], "(0x04)");
      assert.equal(seen["Initial Countdown"], "120.5 sec");
      assert.equal(seen["Present Countdown"], "120.5 sec");
    });
  }

  it("stops the timer, so that nothing restarts the machine", async () => {
    await withWatchdog(async (watchdog) => {
      await watchdog.set({ action: "reset", countdown: 60_000, logs: false });
      await watchdog.reset();
      const { running, action } = await watchdog.stop();
      assert.deepEqual({ running, action }, { running: false, action: "none" });
    });
    assert.match((await oracle())["Watchdog Timer Is"] ?? "", /Stopped/);
  });

  it("reads what ipmitool sets", async () => {
    await bmc.ipmitool(
      "mc",
      "watchdog",
      "set",
      "timeout=90",
      "action=reset",
      "use=osload",
      "pretimeout=5",
      "int=smi",
    );
    const timer = await withWatchdog((watchdog) => watchdog.status());
    assert.deepEqual(
      [timer.countdown, timer.action, timer.use, timer.preTimeout, timer.interrupt],
      [90_000, "reset", "os-load", 5, "smi"],
    );
  });

  it("names every setting that is out of range, and sends nothing", async () => {
    await assert.rejects(
      withWatchdog((watchdog) => watchdog.set({ action: "reset", countdown: 50, preTimeout: 256 })),
      (error: unknown) => {
        assert.ok(error instanceof IpmiArgumentError);
        assert.match(error.message, /preTimeout 256.*countdown 50/);
        return true;
      },
    );
  });

  it("names an answer that ipmi_sim cuts short", async () => {
    const sim = await startIpmiSim("127.82.3.2");
    try {
      await assert.rejects(
        withIpmi({ ...sim, cipherSuite: 3 }, (ipmi) => ipmi.watchdog.status()),
        IpmiMalformedReplyError,
      );
    } finally {
      await sim.stop();
    }
  });
});
