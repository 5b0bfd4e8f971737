import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { withIpmi } from "../../../bare-metal/ipmi";
import { lectern } from "../../fixtures/lectern";
import { type PyghmiBmc, startPyghmiBmc } from "../../fixtures/ipmi/pyghmi-bmc";
import { type Scratch, scratchFolder } from "../../fixtures/scratch";

describe("lectern bmc watchdog and dcmi, against pyghmi's BMC, with ipmitool as oracle", function () {
  this.timeout(60_000);
  let bmc: PyghmiBmc;
  let scratch: Scratch;
  let login: string[];

  const good = async (...words: string[]): Promise<string> => {
    const { status, stdout, stderr } = await lectern(["bmc", ...words, ...login]);
    assert.deepEqual([status, stderr], [0, ""]);
    return stdout;
  };
  const json = async <T>(...words: string[]): Promise<T | undefined> => {
    const { hosts } = JSON.parse(await good(...words, "--json")) as { hosts: { result: T }[] };
    return hosts[0]?.result;
  };

  before(async () => {
    scratch = scratchFolder("bmc-watchdog-dcmi");
    bmc = await startPyghmiBmc("127.89.2.1");
    const file = join(scratch.dir, "password");
    writeFileSync(file, bmc.password, { mode: 0o600 });
    login = ["-u", bmc.user, "--password-file", file, "--cipher-suite", String(bmc.cipherSuite)];
  });
  after(async () => {
    await bmc?.stop();
    scratch.remove();
  });

  it("shows a timer that runs, and stops it", async () => {
    await withIpmi(bmc, async ({ watchdog }) => {
      await watchdog.set({ action: "reset", countdown: 120_000 });
      await watchdog.reset();
    });
    assert.match(await bmc.ipmitool("mc", "watchdog", "get"), /Started\/Running/);
    const head = /^HOST +RUNNING +USE +ACTION +COUNTDOWN +LEFT +EXPIRED\n/;
    const running = await good("watchdog", bmc.host);
    assert.match(running, head);
    assert.match(running, /^127\.89\.2\.1 +yes +.* reset +120 s +120 s/m);
    const stopped = await good("watchdog", "stop", bmc.host);
    assert.match(stopped, head);
    assert.match(stopped, /^127\.89\.2\.1 +no +/m);
    assert.match(await bmc.ipmitool("mc", "watchdog", "get"), /Stopped/);
    assert.equal((await json<{ running: boolean }>("watchdog", bmc.host))?.running, false);
  });

  it("reads the watts that ipmitool reads", async () => {
    const printed = await bmc.ipmitool("dcmi", "power", "reading");
    const watts = (name: string) => Number(new RegExp(`${name}.*: +(\\d+) Watts`).exec(printed)?.[1]);
    const reading = await json<Record<"current" | "minimum" | "maximum" | "average", number>>(
      "dcmi",
      "power",
      bmc.host,
    );
    assert.ok(reading);
    const { current, minimum, maximum, average } = reading;
    assert.deepEqual(
      [current, minimum, maximum, average],
      [
        watts("Instantaneous power"),
        watts("Minimum during"),
        watts("Maximum during"),
        watts("Average power"),
      ],
    );
    const [head, row] = (await good("dcmi", "power", bmc.host)).split("\n");
    assert.match(head ?? "", /^HOST +NOW +LEAST +MOST +AVERAGE +OVER$/);
    const shown = [current, minimum, maximum, average].map((value) => `${value} W`);
    assert.deepEqual(row?.split(/ {2,}/), [bmc.host, ...shown, "1 s"]);
  });
});
