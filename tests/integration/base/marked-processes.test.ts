import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { MarkedProcesses } from "../../../base/marked-processes";
import { processStartTime } from "../../../base/processes";
import { waitFor } from "../../../base/wait";

const VARIABLE = "LECTERN_TEST_MARK";

/** Two that outlive their starter in sessions of their own, one of them deaf to SIGTERM; and the starter. */
const FAMILY = `
setsid sh -c 'trap "" TERM; while :; do sleep 0.1; done' &
setsid setsid sleep 1000 &
exec sleep 1000`;

function start(env: NodeJS.ProcessEnv) {
  const child = spawn("sh", ["-c", FAMILY], { env: { ...process.env, ...env }, stdio: "ignore" });
  return { pid: child.pid as number, ended: once(child, "exit") };
}

describe("processes with a mark", function () {
  this.timeout(20_000);

  it("are found and ended in whatever session they are, deaf ones too; others are not touched", async () => {
    const [ours, others] = [new MarkedProcesses(VARIABLE), new MarkedProcesses(VARIABLE)];
    const [mine, theirs] = [start(ours.env), start(others.env)];
    try {
      const all = await waitFor(
        "all have begun",
        () => {
          const found = ours.find();
          return found.length >= 3 && found.some(({ command }) => command.startsWith("sh -c trap"))
            ? found
            : undefined;
        },
        { timeout: 5_000 },
      );
      assert.ok(all.some(({ pid }) => pid === mine.pid));
      const ended = await ours.end(300);
      await mine.ended;
      assert.ok(ended.length >= 3);
      assert.deepEqual(ours.find(), []);
      for (const { pid, startTime } of all) assert.notEqual(processStartTime(pid), startTime);
      assert.ok(others.find().length >= 3);
    } finally {
      others.kill();
      await theirs.ended;
    }
    await waitFor("the others are gone", () => others.find().length === 0 || undefined, { timeout: 5_000 });
  });

  it("keep the marks of who started their starter", async () => {
    const outer = new MarkedProcesses(VARIABLE);
    process.env[VARIABLE] = outer.env[VARIABLE];
    try {
      const inner = new MarkedProcesses(VARIABLE);
      const { ended } = start(inner.env);
      await waitFor("it has begun", () => inner.find().length >= 3 || undefined, { timeout: 5_000 });
      assert.ok(outer.find().length >= 3);
      outer.kill();
      await ended;
      await waitFor("all are gone", () => inner.find().length === 0 || undefined, { timeout: 5_000 });
    } finally {
      delete process.env["LECTERN_TEST_MARK"];
    }
  });
});
