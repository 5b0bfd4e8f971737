import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../../base/wait";
import type { ProofStep } from "../../lab/proof";
import type { RoomStatus } from "../../lab/status";
import { LabRoom } from "../fixtures/lab-room";
import { testCourseVerbs } from "./lab/course";
import { testSemester } from "./lab/semester";

/**
 * The whole chain as its user runs it, in a room of its own beside whatever runs: set-up to proof, no-op, drift and
 * repair, bad input, secrets, and the way down.
 */
const STATE = "pulumi/.pulumi/stacks/lectern/lab.json";
const STACKS = ["lab", "cxr-diagnosis", "segmentation"];

/** Starts `lectern lab up` and kills it, and its Pulumi, without a chance to tidy up, once the first machine is recorded. */
async function killedInTheMiddle(room: LabRoom): Promise<void> {
  const child = room.start("lab", "up");
  await waitFor(
    "a machine is in the state",
    () => room.read(STATE).includes("metal:index:Machine") || undefined,
    { timeout: 180_000, interval: 50 },
  );
  const holders = room.lockHolders("lab");
  assert.equal(holders.length, 1);
  for (const pid of [child.pid as number, ...holders]) process.kill(pid, "SIGKILL");
}

describe("lectern lab", function () {
  this.timeout(600_000);
  let room: LabRoom;
  const lectern = (...args: string[]) => room.lectern(...args);
  const pulumi = (...args: string[]) => room.pulumi(...args);
  const file = (name: string): string => join(room.dir, name);

  before(async () => {
    room = await LabRoom.make("e2e");
    // The first run is killed while it makes machines: the second must find its way from there.
    await killedInTheMiddle(room);
    const up = await lectern("lab", "up", "--json");
    assert.equal(up.status, 0, up.stderr + up.stdout);
    const steps = JSON.parse(up.stdout) as ProofStep[];
    assert.equal(steps.length, 5);
    for (const step of steps) assert.ok(step.holds, `${step.claim}: ${step.seen}`);
    await room.readVariables();
  });

  after(async () => {
    await room.remove();
  });

  it("shows every machine on, ready and with a Ready node, the queues and the courses", async () => {
    const { stdout } = await lectern("lab", "status", "--json");
    const status = JSON.parse(stdout) as RoomStatus;
    assert.deepEqual(status.problems, []);
    assert.equal(status.machines.length, 8);
    for (const machine of status.machines) {
      assert.deepEqual([machine.power, machine.state, machine.ready], ["on", "ready", true], machine.machine);
    }
    const gpus = status.machines.filter((m) => m.role === "gpu").map((m) => m.gpus);
    assert.deepEqual(gpus, [
      "8 × NVIDIA-A100-SXM4-80GB",
      "8 × NVIDIA-A100-SXM4-80GB",
      "8 × Tesla-V100-SXM2-32GB",
      "8 × Tesla-V100-SXM2-32GB",
    ]);
    const queue = status.queues.find((q) => q.queue === "course-cxr-diagnosis");
    assert.deepEqual([queue?.guarantee, queue?.deserved, queue?.capability], [8, 12, 16]);
    assert.deepEqual(
      status.courses.map((c) => [c.course, c.students, c.gpusQuota]),
      [
        ["cxr-diagnosis", 4, 16],
        ["segmentation", 3, 8],
      ],
    );
  });

  it("prints the same as tables, without colours where there is no terminal", async () => {
    const { stdout } = await lectern("lab", "status");
    assert.match(stdout, /MACHINE\s+ROLE\s+BMC\s+POWER\s+STATE\s+ADDRESS\s+GPUS\s+HCA\s+NODE\s+READY/);
    assert.match(stdout, /gpu-1\s+gpu\s+127\.\d+\.1\.11\s+on\s+ready/);
    assert.ok(!stdout.includes("\u001b["));
  });

  for (const stack of STACKS) {
    it(`changes nothing at a second pulumi up of ${stack}`, async () => {
      const up = await pulumi("up", "--stack", stack, "--yes", "--skip-preview", "--expect-no-changes");
      assert.equal(up.status, 0, up.stdout + up.stderr);
    });
  }

  it("shows a machine that was switched off behind Pulumi's back, and repairs that one only", async () => {
    const credentials = JSON.parse(readFileSync(file("credentials.json"), "utf8")) as {
      bmc: Record<string, { password: string }>;
    };
    const address = /gpu-2\n[^]*?bmc: \{ address: ([\d.]+)/.exec(
      readFileSync(file("inventory.yaml"), "utf8"),
    )?.[1];
    const off = await room.run(
      "ipmitool",
      ["-I", "lanplus", "-C", "3", "-H", address ?? "", "-U", "lectern", "-E", "chassis", "power", "off"],
      { IPMI_PASSWORD: credentials.bmc["gpu-2"]?.password },
    );
    assert.equal(off.status, 0, off.stderr);
    const refresh = await pulumi("refresh", "--stack", "lab", "--yes", "--diff");
    assert.equal(refresh.status, 0, refresh.stdout + refresh.stderr);
    assert.match(refresh.stdout, /gpu-2/);
    assert.match(refresh.stdout, /power\s*: "on" => "off"/);
    const up = await pulumi("up", "--stack", "lab", "--yes", "--skip-preview");
    assert.equal(up.status, 0, up.stdout + up.stderr);
    assert.match(up.stdout, /~ 1 updated/);
    assert.ok(!/[+-] \d+ (created|deleted|replaced)/.test(up.stdout), up.stdout);
    const status = JSON.parse((await lectern("lab", "status", "--json")).stdout) as RoomStatus;
    assert.deepEqual(
      status.machines.filter((m) => m.power !== "on" || m.state !== "ready").map((m) => m.machine),
      [],
    );
  });

  it("names every fault of a broken inventory at preview and touches nothing", async () => {
    const inventory = file("inventory.yaml");
    const good = readFileSync(inventory, "utf8");
    const state = file(STATE);
    const before = readFileSync(state);
    try {
      writeFileSync(
        inventory,
        good
          .replace("52:54:00:71:00:11", "52:54")
          .replace(/count: 8/, "count: 0")
          .concat("\nroof: red\n"),
      );
      const preview = await pulumi("preview", "--stack", "lab");
      assert.notEqual(preview.status, 0);
      for (const path of ["machines[1].mac", "machines[1].hardware.gpus.count", "roof"]) {
        assert.ok(preview.stdout.includes(`inventory: ${path}`), `${path} in:\n${preview.stdout}`);
      }
      assert.deepEqual(readFileSync(state), before);
    } finally {
      writeFileSync(inventory, good);
    }
  });

  it("names machine and BMC when a password is wrong, and keeps every machine as it is", async () => {
    const passwords = file("credentials.json");
    const good = readFileSync(passwords, "utf8");
    const credentials = JSON.parse(good) as { bmc: Record<string, { password: string }> };
    const wrong = { ...credentials, bmc: { ...credentials.bmc, "gpu-3": { password: "not-the-password" } } };
    try {
      writeFileSync(passwords, JSON.stringify(wrong), { mode: 0o600 });
      const up = await pulumi("up", "--stack", "lab", "--yes", "--skip-preview");
      assert.notEqual(up.status, 0);
      assert.match(up.stdout, /gpu-3/);
      assert.match(up.stdout, /127\.\d+\.1\.13/);
      assert.match(up.stdout, /password/i);
      assert.ok(!up.stdout.includes("not-the-password"));
    } finally {
      writeFileSync(passwords, good, { mode: 0o600 });
    }
    const again = await pulumi("up", "--stack", "lab", "--yes", "--skip-preview");
    assert.equal(again.status, 0, again.stdout + again.stderr);
  });

  it("keeps every secret out of state, logs and process lists", async () => {
    const credentials = JSON.parse(readFileSync(file("credentials.json"), "utf8")) as {
      bmc: Record<string, { password: string }>;
      bootToken: string;
    };
    const outputs = await room.outputs<{
      invitationCodes: Record<string, string>;
      storageClients: Record<string, { key: string }>;
    }>("cxr-diagnosis");
    const secrets = [
      ...Object.values(credentials.bmc).map((b) => b.password),
      credentials.bootToken,
      ...Object.values(outputs.invitationCodes),
      ...Object.values(outputs.storageClients).map((c) => c.key),
    ];
    assert.ok(secrets.length >= 8 + 1 + 4 + 5);
    const places = [
      ...textFiles(file("pulumi")),
      ...textFiles(file("logs")),
      ...readdirSync("/proc")
        .filter((pid) => /^\d+$/.test(pid))
        .map((pid) => `/proc/${pid}/cmdline`),
    ];
    for (const place of places) {
      let text: string;
      try {
        text = readFileSync(place, "latin1");
      } catch {
        continue; // A process that ended meanwhile.
      }
      for (const secret of secrets) assert.ok(!text.includes(secret), `a secret in ${place}`);
    }
  });

  testCourseVerbs(() => room);
  testSemester(() => room);

  it("goes down through Pulumi, stops all that it started and nothing else", async () => {
    const bystander = spawnSync("sh", ["-c", "sleep 300 >/dev/null 2>&1 & echo $!"]).stdout.toString().trim();
    try {
      const down = await lectern("lab", "down");
      assert.equal(down.status, 0, down.stderr);
      assert.deepEqual(processesOf(room.dir), []);
      // Where Pulumi's Kubernetes provider, the killed run's too, puts its copies of the kubeconfig.
      assert.deepEqual(readdirSync(file("pulumi-home/tmp")), []);
      assert.ok(existsSync(`/proc/${bystander}`));
    } finally {
      process.kill(Number(bystander));
    }
  });
});

function textFiles(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name));
}

/** Command lines of processes that work in a folder or name it, or keep their temporary files there. */
function processesOf(dir: string): string[] {
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        const own = readFileSync(`/proc/${pid}/environ`, "utf8").includes(`TMPDIR=${dir}`);
        return own || line.includes(dir) || readlinkSync(`/proc/${pid}/cwd`).startsWith(dir) ? [line] : [];
      } catch {
        return [];
      }
    });
}
