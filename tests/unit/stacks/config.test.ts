import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { type Fault, FaultsError } from "../../../base/faults";
import { type StackConfig, readStackConfig } from "../../../stacks/config";
import { roomInventory, roomText } from "../../fixtures/room";

const bmc = Object.fromEntries(roomInventory().machines.map((m) => [m.name, { password: `pw-${m.name}` }]));
const credentials = { bmc, bootToken: "0123456789abcdef".repeat(2) };
const course = {
  site: "lab",
  title: "A course",
  teachers: ["curie"],
  gpus: { guarantee: 1, deserved: 2, capability: 4 },
  pkey: "0x0011",
  sizes: [{ name: "small", cpus: 1, memory: "1Gi" }],
  images: ["base"],
};

describe("readStackConfig", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "lectern-config-"));
    process.env["LECTERN_TEST_ROOM"] = dir;
    write("inventory.yaml", roomText());
    write("credentials.json", JSON.stringify(credentials));
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
    delete process.env["LECTERN_TEST_ROOM"];
  });

  const write = (name: string, text: string) => writeFileSync(join(dir, name), text, { mode: 0o600 });
  const site = () => ({
    inventory: "${LECTERN_TEST_ROOM}/inventory.yaml",
    credentials: "${LECTERN_TEST_ROOM}/credentials.json",
    semester: "2026-autumn",
    kubernetes: { mode: "embedded", stateDir: "/room/kubernetes" },
    fabric: { partitionsFile: "/room/partitions.conf", openSmPidFile: "/room/opensm.pid" },
    storage: { mode: "external", conf: "/room/ceph.conf", keyring: "/room/keyring" },
    queues: { chart: "/charts/volcano" },
    images: [{ name: "base", context: "images/course/base" }],
  });

  async function readConfig(
    values: Record<string, unknown>,
    stack = "lab",
    secretKeys = ["lectern:credentials"],
  ): Promise<StackConfig> {
    await pulumi.runtime.setMocks(
      { call: () => ({}), newResource: () => ({ id: "", state: {} }) },
      "lectern",
      stack,
    );
    const entries = Object.entries(values).map(([key, value]) => [`lectern:${key}`, JSON.stringify(value)]);
    pulumi.runtime.setAllConfig(Object.fromEntries(entries) as Record<string, string>, secretKeys);
    return readStackConfig(dir);
  }
  async function faultsOf(values: Record<string, unknown>): Promise<readonly Fault[]> {
    try {
      await readConfig(values);
    } catch (error) {
      if (error instanceof FaultsError) return error.faults;
      throw error;
    }
    return [];
  }
  const pathsOf = async (values: Record<string, unknown>) => (await faultsOf(values)).map((f) => f.path);

  describe("of a site", () => {
    it("reads config, inventory and credentials, fills in defaults and the environment", async () => {
      const read = await readConfig({ site: site() });
      assert.ok(read.kind === "site");
      assert.equal(read.config.inventory, join(dir, "inventory.yaml"));
      assert.equal(read.config.machines.readyTimeout, "30m");
      assert.equal(read.config.storage.filesystem, "cephfs");
      assert.equal(read.inventory.machines.length, 8);
      assert.equal(read.credentials.bmc["gpu-1"]?.password, "pw-gpu-1");
    });

    it("names an unknown key, so that a misspelt one is not passed over", async () => {
      const [fault, ...more] = await faultsOf({ site: { ...site(), semestre: "x" } });
      assert.deepEqual([fault?.path, fault?.problem, more], ["lectern:site.semestre", "unknown key", []]);
    });

    it("names a lifetime of certificates that no node could live with", async () => {
      const faultsWith = (certificateLifetime: string) =>
        faultsOf({ site: { ...site(), kubernetes: { ...site().kubernetes, certificateLifetime } } });
      for (const lifetime of ["59m", "3651d"]) {
        const [fault, ...more] = await faultsWith(lifetime);
        assert.deepEqual([fault?.path, more], ["lectern:site.kubernetes.certificateLifetime", []]);
        assert.match(fault?.problem ?? "", /not between 1h and 3650d/);
      }
      assert.deepEqual(
        (await faultsWith("a year")).map(({ problem }) => problem),
        ["not a duration such as 5m"],
      );
      for (const lifetime of ["1h", "3650d"]) assert.deepEqual(await faultsWith(lifetime), []);
    });

    it("names a variable that is not in the environment, and where it is used", async () => {
      const faults = await faultsOf({
        site: { ...site(), queues: { chart: "${LECTERN_TEST_NONE}/volcano" } },
      });
      assert.equal(faults[0]?.path, "lectern:site.queues.chart");
      assert.match(faults[0]?.problem ?? "", /LECTERN_TEST_NONE is not in the environment/);
    });

    it("names an inventory that is not there, and the faults of one that is", async () => {
      const [missing] = await faultsOf({ site: { ...site(), inventory: join(dir, "none.yaml") } });
      assert.equal(missing?.path, "lectern:site.inventory");
      assert.match(missing?.problem ?? "", /ENOENT/);
      write("inventory.yaml", roomText().replace("52:54:00:71:00:11", "52:54:00:71:00:1G"));
      assert.deepEqual(await pathsOf({ site: site() }), ["inventory: machines[1].mac"]);
    });

    it("lets no boot token cross the network in plain text", async () => {
      const elsewhere = roomText().replace(
        /boot: \{ address: [\d.]+, port: (\d+) \}/,
        "boot: { address: 192.0.2.1, port: $1 }",
      );
      write("inventory.yaml", elsewhere);
      const [fault, ...more] = await faultsOf({ site: site() });
      assert.deepEqual([fault?.path, fault?.value, more], ["inventory: services.boot", '"192.0.2.1"', []]);
      assert.match(fault?.fix ?? "", /^add tls: \{port, pin\}/);
      const tls = `tls: { port: 8443, pin: "sha256//${"A".repeat(43)}=" }`;
      write("inventory.yaml", elsewhere.replace("192.0.2.1, ", `192.0.2.1, ${tls}, `));
      assert.deepEqual(await faultsOf({ site: site() }), []);
    });

    it("refuses a credentials file that others can read", async () => {
      chmodSync(join(dir, "credentials.json"), 0o640);
      const [fault] = await faultsOf({ site: site() });
      assert.equal(fault?.path, "lectern:site.credentials");
      assert.match(fault?.fix ?? "", /^chmod 600 /);
    });

    it("names each machine without a password", async () => {
      const rest = { ...bmc, "gpu-2": undefined, "storage-1": undefined };
      write("credentials.json", JSON.stringify({ ...credentials, bmc: rest }));
      assert.deepEqual(await pathsOf({ site: site() }), [
        "lectern:site.credentials: bmc.gpu-2",
        "lectern:site.credentials: bmc.storage-1",
      ]);
    });

    it("takes the credentials from the secret key when no file is named, and asks for one or the other", async () => {
      const withoutFile = { ...site(), credentials: undefined };
      const read = await readConfig({ site: withoutFile, credentials });
      assert.ok(read.kind === "site" && read.credentials.bootToken === credentials.bootToken);
      const [fault] = await faultsOf({ site: withoutFile });
      assert.equal(fault?.path, "lectern:credentials");
      assert.match(fault?.fix ?? "", /config set --secret/);
    });

    it("refuses credentials that lie in the stack's file in plain text", async () => {
      const withoutFile = { ...site(), credentials: undefined };
      await assert.rejects(
        readConfig({ site: withoutFile, credentials }, "lab", []),
        (error: FaultsError) => {
          assert.deepEqual(
            error.faults.map((f) => f.path),
            ["lectern:credentials"],
          );
          assert.match(error.message, /plain text/);
          assert.doesNotMatch(error.message, /pw-gpu-1/);
          return true;
        },
      );
    });

    it("knows that IPMI takes short passwords alone, and Redfish long ones too", async () => {
      const long = { ...credentials, bmc: { ...bmc, "gpu-1": { password: "a-password-of-24-letters" } } };
      write("credentials.json", JSON.stringify(long));
      assert.deepEqual(await pathsOf({ site: site() }), ["lectern:site.credentials: bmc.gpu-1.password"]);
      const written = /(address: 127\.80\.1\.11, user: lectern), cipherSuite: 3/;
      write("inventory.yaml", roomText().replace(written, "$1, protocol: redfish"));
      assert.deepEqual(await pathsOf({ site: site() }), []);
    });

    it("never shows a secret that has the wrong form", async () => {
      for (const text of [
        '{"bmc": SeCrEt}',
        JSON.stringify({ ...credentials, bootToken: "SeCrEt" }),
        JSON.stringify({ ...credentials, bmc: { ...bmc, "gpu-1": { password: "SeCrEt".repeat(9) } } }),
        JSON.stringify({ ...credentials, bmc: { ...bmc, "gpu-1": { pasword: "SeCrEt" } } }),
      ]) {
        write("credentials.json", text);
        const faults = await faultsOf({ site: site() });
        assert.ok(faults.length > 0, text);
        assert.doesNotMatch(JSON.stringify(faults), /SeCrEt/);
      }
    });

    it("collects the faults of all files in one run", async () => {
      write("inventory.yaml", roomText().replace("52:54:00:71:00:11", "nonsense"));
      write("credentials.json", "{");
      chmodSync(join(dir, "credentials.json"), 0o644);
      assert.deepEqual(await pathsOf({ site: { ...site(), semester: "Autumn!", images: [] } }), [
        "lectern:site.semester",
        "lectern:site.images",
        "inventory: machines[1].mac",
        "lectern:site.credentials",
        "lectern:site.credentials",
      ]);
    });

    it("tells an empty site from a crash", async () => {
      for (const empty of [null, "", [], {}]) {
        assert.ok((await faultsOf({ site: empty })).length > 0, JSON.stringify(empty));
      }
    });
  });

  it("wants exactly one of site and course", async () => {
    for (const values of [{}, { site: site(), course }]) {
      const [fault, ...more] = await faultsOf(values);
      assert.equal(fault?.path, "config");
      assert.match(fault?.fix ?? "", /exactly one/);
      assert.deepEqual(more, []);
    }
  });

  describe("of a course", () => {
    const sibling = (name: string, config: unknown) =>
      write(`Pulumi.${name}.yaml`, stringify({ config: { "lectern:course": config } }));
    const othersOf = async () => {
      const read = await readConfig({ course }, "mine");
      assert.ok(read.kind === "course");
      return read.others;
    };

    it("reads its own config with defaults, under the name of its stack", async () => {
      const read = await readConfig({ course }, "mine");
      assert.ok(read.kind === "course");
      assert.deepEqual([read.name, read.config.homeSize, read.config.seats], ["mine", "10Gi", 0]);
      assert.deepEqual(read.config.sizes, [{ name: "small", cpus: 1, memory: "1Gi", gpus: 0, rdma: false }]);
    });

    it("names every fault of its form at once", async () => {
      assert.deepEqual(await pathsOf({ course: { ...course, pkey: "17", teachers: [], colour: "blue" } }), [
        "lectern:course.teachers",
        "lectern:course.pkey",
        "lectern:course.colour",
      ]);
    });

    it("reads what the other courses of its site claim, and only those", async () => {
      const gpus = { guarantee: 8, deserved: 8, capability: 8 };
      sibling("mine", { ...course, pkey: "0x0099" });
      sibling("b", { ...course, pkey: "0x0012" });
      const always = { machines: undefined, firstDay: undefined, lastDay: undefined };
      const term = { machines: ["gpu-1"], firstDay: "2026-10-01", lastDay: "2027-02-12" };
      sibling("a", { ...course, pkey: "0x0013", gpus, ...term });
      sibling("elsewhere", { ...course, site: "another-site" });
      write("Pulumi.lab.yaml", stringify({ config: { "lectern:site": site() } }));
      write("Pulumi.yaml", "name: lectern\n");
      const timetable = { timeZone: "UTC", warmUp: "15m", classes: [] };
      const allocation = { mode: "per-user" };
      assert.deepEqual(await othersOf(), [
        { name: "a", gpus, pkey: "0x0013", ...term, timetable, allocation },
        { name: "b", gpus: course.gpus, pkey: "0x0012", ...always, timetable, allocation },
      ]);
    });

    it("needs no more than five lines", async () => {
      write("roster.csv", "id,name\nada,Ada Lovelace\n");
      const short = { site: "lab", title: "A course", teachers: ["curie"], roster: "roster.csv" };
      const read = await readConfig({ course: short }, "mine");
      assert.ok(read.kind === "course");
      assert.deepEqual(read.roster, [{ id: "ada", name: "Ada Lovelace", at: "roster.csv:2" }]);
      assert.deepEqual(
        [read.config.gpus, read.config.sizes.map((s) => s.name), read.config.homeSize],
        [{ guarantee: 0 }, ["notebook", "gpu"], "10Gi"],
      );
    });

    it("collects the faults of a roster with those of the config, each with its line", async () => {
      write("roster.csv", "id,name\nAda,Ada\n");
      assert.deepEqual(await pathsOf({ course: { ...course, roster: "roster.csv", homeSize: "big" } }), [
        "lectern:course.homeSize",
        "roster.csv:2.id",
      ]);
      assert.deepEqual(await pathsOf({ course: { ...course, roster: "none.csv" } }), [
        "lectern:course.roster",
      ]);
    });

    it("passes over a sibling that has faults of its own", async () => {
      sibling("half", { site: "lab", pkey: "0x0012" });
      write("Pulumi.empty.yaml", "");
      write("Pulumi.broken.yaml", "config: [1, {");
      write("Pulumi.text.yaml", "just text");
      assert.deepEqual(await othersOf(), []);
    });
  });
});
