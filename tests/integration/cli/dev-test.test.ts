import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { MarkedProcesses } from "../../../base/marked-processes";
import { waitFor } from "../../../base/wait";
import { Lectern } from "../../fixtures/lectern";
import { scratchFolder } from "../../fixtures/scratch";

/** Starts ipmi_sim, in a session of its own; its second test takes longer than an interrupted command has to end. */
const TEST = ["tests/integration/bare-metal/ipmi/relay.test.ts", "--grep", "ipmi_sim"];

describe("lectern dev test that is interrupted", function () {
  this.timeout(150_000);

  for (const [signal, times] of [
    ["SIGINT", 1],
    ["SIGTERM", 1],
    ["SIGINT", 2],
  ] as const) {
    it(`ends what its tests started, at ${signal}${times > 1 ? " twice" : ""}`, async () => {
      const started = new MarkedProcesses("LECTERN_TEST_MARK");
      const temporary = scratchFolder("interrupted");
      const run = new Lectern(["dev", "test", "--integration", "--", ...TEST], {
        ...started.env,
        TMPDIR: temporary.dir,
      });
      const running = (program: string) =>
        started.find().some(({ command }) => command.split(" ")[0]?.endsWith(program));
      try {
        await waitFor("a test is under way", () => /✔/.test(run.stdout) || undefined, { timeout: 60_000 });
        assert.ok(running("ipmi_sim"));
        for (let n = 0; n < times; n += 1) run.child.kill(signal);
        const { status } = await run.ended();
        assert.equal(status, 130);
        // What was killed at the last moment may take one more.
        await waitFor("all are gone", () => started.find().length === 0 || undefined, { timeout: 2_000 });
        const left = readdirSync(temporary.dir).filter((name) => name.startsWith("lectern-test-"));
        assert.deepEqual(left, []);
      } finally {
        started.kill();
        temporary.remove();
      }
    });
  }
});
