import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { FaultsError } from "../../../../base/faults";
import { waitFor } from "../../../../base/wait";
import {
  applyPartitions,
  type Partition,
  readPartitions,
  removePartitions,
} from "../../../../bare-metal/fabric";
import { logSize, parseError, tellOpensm } from "../../../../bare-metal/fabric/opensm";
import { startSshd } from "../../../fixtures/sshd";
import { startTestFabric, type TestFabric } from "../../../fixtures/fabric";

describe("partitions on OpenSM and ibsim", function () {
  this.timeout(60_000);
  let fabric: TestFabric;
  before(async () => {
    fabric = await startTestFabric(["ctl-1", "gpu-1", "gpu-2", "gpu-3", "gpu-4"]);
  });
  after(() => fabric.stop());

  const partition = (name: string, pkey: number, ...nodes: string[]): Partition => ({
    name,
    pkey,
    ipoib: true,
    members: nodes.map((node) => ({ node, portGuid: fabric.portGuid(node), membership: "full" })),
  });
  const reachable = async (from: string, to: string): Promise<boolean> => {
    const [slid, dlid] = [await fabric.lid(from), await fabric.lid(to)];
    return /PathRecord/.test(
      await fabric.diagnose("saquery", "PR", "--slid", String(slid), "--dlid", String(dlid)),
    );
  };

  it("writes two owners' partitions, and keeps their ports apart", async () => {
    const verified = await applyPartitions({
      ...fabric.manager,
      owner: "ml",
      partitions: [partition("ml", 0x101, "gpu-1", "gpu-2")],
    });
    assert.deepEqual(verified, [
      { portGuid: fabric.portGuid("gpu-1"), pkeys: [0x7fff, 0x8101] },
      { portGuid: fabric.portGuid("gpu-2"), pkeys: [0x7fff, 0x8101] },
    ]);
    await applyPartitions({
      ...fabric.manager,
      owner: "hpc",
      partitions: [partition("hpc", 0x102, "gpu-3", "gpu-4")],
    });
    assert.equal(await reachable("gpu-1", "gpu-2"), true);
    assert.equal(await reachable("gpu-3", "gpu-4"), true);
    assert.equal(await reachable("gpu-1", "gpu-3"), false);
    assert.equal(await reachable("gpu-1", "ctl-1"), true);
  });

  it("asks the ports from another machine, by one login for many questions", async () => {
    const sshd = await startSshd("127.71.222.2");
    try {
      const { command, env = {} } = fabric.manager.diagnostics;
      const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
      const diagnostics = { command: [...sshd.command, "env", ...variables, ...command], env: {} };
      const read = await readPartitions({ ...fabric.manager, diagnostics }, "hpc");
      assert.deepEqual(read, await readPartitions(fabric.manager, "hpc"));
      assert.deepEqual(read?.verified[0], { portGuid: fabric.portGuid("gpu-3"), pkeys: [0x7fff, 0x8102] });
      // One to find the ports, one to read their tables.
      assert.equal(sshd.log().match(/Accepted publickey for root/g)?.length, 2);
      const closedPort = { command: [...sshd.command.slice(0, -1), "-p", "1", "target"], env: {} };
      const refused = readPartitions({ ...fabric.manager, diagnostics: closedPort }, "hpc");
      await assert.rejects(refused, /infiniband-diags through "ssh .*Connection refused/);
    } finally {
      await sshd.stop();
    }
  });

  it("refuses bad data and leaves the file and the fabric alone", async () => {
    const before = readFileSync(fabric.manager.partitionsFile, "utf8");
    const stranger = { node: "gpu-9", portGuid: "0x0002c90300ffffff", membership: "full" as const };
    const bad = [{ ...partition("bad", 0x101, "gpu-3"), members: [stranger] }];
    await assert.rejects(
      applyPartitions({ ...fabric.manager, owner: "bad", partitions: bad }),
      (error: FaultsError) => {
        assert.deepEqual(error.faults.map((f) => f.path).sort(), [
          "bad.partitions[0].members[0].portGuid",
          "bad.partitions[0].pkey",
        ]);
        return true;
      },
    );
    assert.equal(readFileSync(fabric.manager.partitionsFile, "utf8"), before);
    assert.equal(await readPartitions(fabric.manager, "bad"), undefined);
  });

  it("repairs a table that was altered behind OpenSM's back", async () => {
    await fabric.overwriteTable("gpu-3", [0x7fff, 0x8102, 0x8101]);
    const drifted = await readPartitions(fabric.manager, "hpc");
    assert.deepEqual(
      drifted?.verified.find((t) => t.portGuid === fabric.portGuid("gpu-3"))?.pkeys,
      [0x7fff, 0x8101, 0x8102],
    );
    const verified = await applyPartitions({
      ...fabric.manager,
      owner: "hpc",
      partitions: [partition("hpc", 0x102, "gpu-3", "gpu-4")],
    });
    assert.deepEqual(verified[0], { portGuid: fabric.portGuid("gpu-3"), pkeys: [0x7fff, 0x8102] });
    assert.doesNotMatch(readFileSync(fabric.manager.partitionsFile, "utf8"), /repair/);
  });

  it("puts the old partitions back when OpenSM cannot be told", async () => {
    const before = readFileSync(fabric.manager.partitionsFile, "utf8");
    const pidFile = `${fabric.manager.pidFile}.stale`;
    writeFileSync(pidFile, JSON.stringify({ pid: process.pid, startTime: "0" }));
    const applying = applyPartitions({
      ...fabric.manager,
      pidFile,
      owner: "ml",
      partitions: [partition("ml", 0x103, "gpu-1", "gpu-2")],
    });
    await assert.rejects(applying, /OpenSM does not run/);
    assert.equal(readFileSync(fabric.manager.partitionsFile, "utf8"), before);
    assert.equal((await readPartitions(fabric.manager, "ml"))?.partitions[0]?.pkey, 0x101);
  });

  it("closes a fabric that a broken file has opened", async () => {
    const start = logSize(fabric.logFile);
    writeFileSync(fabric.manager.partitionsFile, "x y z = : : ; ;;\n");
    tellOpensm(fabric.manager.pidFile);
    await waitFor("OpenSM refuses the file", () => parseError(fabric.logFile, start), { timeout: 10_000 });
    await waitFor("the fabric is open", async () => (await reachable("gpu-1", "gpu-3")) || undefined, {
      timeout: 10_000,
    });
    await applyPartitions({
      ...fabric.manager,
      owner: "hpc",
      partitions: [partition("hpc", 0x102, "gpu-3", "gpu-4")],
    });
    assert.equal(await reachable("gpu-1", "gpu-3"), false);
  });

  it("takes an owner's partitions away, and only those", async () => {
    await removePartitions({ ...fabric.manager, owner: "ml" });
    await removePartitions({ ...fabric.manager, owner: "ml" });
    assert.equal(await readPartitions(fabric.manager, "ml"), undefined);
    assert.equal(await reachable("gpu-1", "gpu-2"), false);
    assert.equal(await reachable("gpu-3", "gpu-4"), true);
  });
});
