import assert from "node:assert/strict";
import { cephVolumes } from "../../../../../bare-metal/provider/resources/ceph-volumes";
import { controlPlane } from "../../../../../bare-metal/provider/resources/control-plane";
import { fabricPartitions } from "../../../../../bare-metal/provider/resources/fabric-partitions";
import { machine } from "../../../../../bare-metal/provider/resources/machine";
import { diff, readyMachine } from "../../../../fixtures/diff";
import { machineInputs } from "../../../../fixtures/machine-inputs";

const inputs = machineInputs();
const ready = readyMachine();

describe("diff of a machine", () => {
  it("replaces on another name, and on nothing else", () => {
    assert.deepEqual(diff(machine, inputs, ready, { ...inputs, name: "gpu-2" }), ["name:update!"]);
    const others = {
      ...inputs,
      mac: "52:54:00:84:00:02",
      address: "127.84.1.2",
      role: "cpu",
      bmc: { ...inputs.bmc, address: "127.84.0.9", password: "x" },
    };
    assert.ok(diff(machine, inputs, ready, others).every((c) => !c.endsWith("!")));
  });

  it("sees a machine that somebody switched off", () => {
    // What refresh leaves behind.
    const olds = { ...inputs, power: "off" };
    assert.deepEqual(diff(machine, olds, { ...ready, power: "off", state: "off" }, inputs), ["power:update"]);
  });

  it("sees a machine that is not ready, and one that lost a GPU", () => {
    assert.deepEqual(diff(machine, inputs, { ...ready, state: "failed" }, inputs), ["state:update"]);
    const hardware = { ...inputs.expected, gpus: [] };
    assert.deepEqual(diff(machine, inputs, { ...ready, hardware }, inputs), ["hardware:update"]);
  });

  it("sees a machine that does not run from the disk that its config names", () => {
    const disks = [{ byId: "nvme-X_1" }];
    const root = "a".repeat(64);
    const runs = (disk?: string) => ({ ...ready, disks, runs: { root, ...(disk && { disk }) } });
    assert.deepEqual(diff(machine, { ...inputs, disks }, runs("nvme-X_1"), { ...inputs, disks }), []);
    assert.deepEqual(diff(machine, { ...inputs, disks }, runs(), { ...inputs, disks }), ["runs:update"]);
    assert.deepEqual(machine.changes?.(runs(), { ...inputs, disks }), machine.computed);
  });

  it("foresees a boot only where there will be one", () => {
    const changes = (news: object) => machine.changes?.(ready, { ...inputs, ...news });
    assert.deepEqual(changes({ boot: { ...inputs.boot, token: "new" } }), []);
    assert.deepEqual(changes({ bmc: { ...inputs.bmc, password: "new" } }), []);
    assert.deepEqual(changes({ power: "off" }), machine.computed);
    assert.deepEqual(changes({ mac: "52:54:00:84:00:02" }), machine.computed);
  });
});

describe("diff of the other resources", () => {
  it("replaces a control plane on every change, and restarts one that is not ready", () => {
    const olds = {
      dir: "/r/k",
      address: "127.84.2.1",
      port: 6443,
      podCidr: "10.1.0.0/16",
      serviceCidr: "10.2.0.0/16",
    };
    const up = { ...olds, kubeconfig: "x", ready: true };
    for (const [name, value] of Object.entries({
      dir: "/r/l",
      address: "127.84.2.2",
      port: 6444,
      podCidr: "10.3.0.0/16",
    })) {
      assert.deepEqual(diff(controlPlane, olds, up, { ...olds, [name]: value }), [`${name}:update!`]);
    }
    assert.deepEqual(diff(controlPlane, olds, { ...up, ready: false }, olds), ["ready:update"]);
  });

  it("sees a port whose table lost a partition", () => {
    const members = [{ node: "gpu-1", portGuid: "0x0002c90300840001", membership: "full" }];
    const olds = {
      owner: "course-a",
      manager: { partitionsFile: "/p", pidFile: "/q", diagnostics: { command: [], env: {} } },
      partitions: [{ name: "a", pkey: 8, ipoib: true, members }],
      reserved: [],
    };
    const held = (...pkeys: number[]) => ({ ...olds, verified: [{ portGuid: "0x0002c90300840001", pkeys }] });
    assert.deepEqual(diff(fabricPartitions, olds, held(0x7fff, 0x8008), olds), []);
    assert.deepEqual(
      diff(fabricPartitions, olds, held(0x7fff, 0x0008), olds),
      ["verified:update"],
      "limited only",
    );
    assert.deepEqual(diff(fabricPartitions, olds, held(0x7fff), olds), ["verified:update"]);
    assert.deepEqual(diff(fabricPartitions, olds, held(0x8008), { ...olds, owner: "b" }), ["owner:update!"]);
    const newcomer = { ...olds, reserved: [{ owner: "course-b", pkey: 9 }] };
    assert.deepEqual(diff(fabricPartitions, olds, held(0x8008), newcomer), []);
    const moved = { ...newcomer, partitions: [{ name: "a", pkey: 10, ipoib: true, members }] };
    assert.ok(diff(fabricPartitions, olds, held(0x8008), moved).includes("partitions[0].pkey:update"));
  });

  it("keeps volumes when a student joins, and sees a home that is gone", () => {
    const olds = {
      cluster: { conf: "/c", keyring: "/k" },
      filesystem: "lectern",
      group: "course-a",
      datasets: [],
      homes: [{ owner: "ada", sizeBytes: 1 }],
    };
    const outputs = { ...olds, datasets: {}, homes: { ada: "/h" }, clients: { ada: { id: "i", key: "k" } } };
    const joined = { ...olds, homes: [...olds.homes, { owner: "bob", sizeBytes: 1 }] };
    assert.deepEqual(diff(cephVolumes, olds, outputs, olds), []);
    assert.deepEqual(diff(cephVolumes, olds, outputs, joined), ["homes.bob:add"]);
    const joinedFirst = { ...joined, homes: [...joined.homes].reverse() };
    assert.deepEqual(diff(cephVolumes, olds, outputs, joinedFirst), ["homes.bob:add"]);
    assert.deepEqual(diff(cephVolumes, olds, { ...outputs, homes: {} }, olds), ["homes:update"]);
    assert.deepEqual(
      cephVolumes.changes?.(outputs, { ...olds, homes: [{ owner: "ada", sizeBytes: 9 }] }),
      [],
    );
    // A data set's volume is made of its path: unknown, a preview would call it replaced.
    assert.deepEqual(cephVolumes.changes?.(outputs, joined), [
      ["homes", "bob"],
      ["clients", "bob"],
    ]);
    const more = { ...olds, datasets: [{ name: "ct", sizeBytes: 1 }] };
    assert.deepEqual(cephVolumes.changes?.(outputs, more), [["datasets", "ct"]]);
  });
});
