import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expectConnections, openCourse, startGang, startPods } from "../fixtures/course-pods";
import { BOOT_MS, isReady, MachineCluster } from "../fixtures/machine-cluster";
import { scratchFolder } from "../fixtures/scratch";

const ROOM = resolve(__dirname, "../../lab/vm/room.yaml");
/** Another one that really boots, beside that of the room's own inventory. */
const CPU_2 = `  - name: cpu-2
    role: cpu
    bmc: { address: NET.1.142, user: lectern, cipherSuite: 3, systemGuid: "77000000000000000000000000000142" }
    mac: "52:54:00:77:01:42"
    address: NET.2.142
    hardware:
      cpus: 2
      memory: 2Gi
`;
const MACHINES = ["cpu-1", "cpu-2"];

describe("two machines that boot at once", function () {
  this.timeout(2 * BOOT_MS);
  const scratch = scratchFolder("two-machines");
  let cluster: MachineCluster;

  before(async () => {
    const template = join(scratch.dir, "room.yaml");
    writeFileSync(template, readFileSync(ROOM, "utf8") + CPU_2);
    process.env["WORKERS"] = JSON.stringify(MACHINES);
    cluster = await MachineCluster.start({ name: "two-machines", net: "100.82", template });
  });
  after(async () => {
    await cluster?.stop();
    scratch.remove();
  });

  it("are both Ready, each switched on once, the second before the first was there", async () => {
    await cluster.up();
    const began: number[] = [];
    const ready: number[] = [];
    for (const machine of MACHINES) {
      assert.deepEqual(cluster.powerOrders(machine), ["on"], machine);
      assert.ok(isReady(await cluster.node(machine)), `${machine} is Ready`);
      const { history = [] } = (await cluster.record(machine)) ?? {};
      const when = (state: string) =>
        Date.parse(history.findLast((entry) => entry.state === state)?.at ?? "");
      began.push(when("booting"));
      ready.push(when("ready"));
    }
    assert.ok(Math.max(...began) < Math.min(...ready), JSON.stringify({ began, ready }));
  });

  it("carry a gang of a course, whose pods reach one another by name, and no other course's do", async () => {
    for (const course of ["one", "two"]) await openCourse(cluster, course);
    const serve = "httpd -p 8080 -h /etc && sleep infinity";
    const gang = { namespace: "course-one", command: serve };
    const pods = {
      first: { ...gang, node: "cpu-1", hostname: "rank-0" },
      second: { ...gang, node: "cpu-2", hostname: "rank-1" },
      other: { namespace: "course-two", command: serve, node: "cpu-2", hostname: "rank-0" },
    };
    for (const namespace of ["course-one", "course-two"]) await startGang(cluster, namespace);
    await startPods(cluster, pods);
    await expectConnections(cluster, pods, [
      ["first", "rank-1.gang 8080", true],
      ["second", "rank-0.gang 8080", true],
      ["other", "rank-0.gang 8080", true],
      ["other", "rank-0.gang.course-one 8080", false],
      ["other", "rank-1.gang.course-one 8080", false],
      ["first", "rank-0.gang.course-two 8080", false],
    ]);
  });

  it("change nothing at a second pulumi up, and go down with pulumi destroy", async () => {
    const words = ["--yes", "--skip-preview", "--stack", "dev"];
    const again = await cluster.project.pulumi("up", "--expect-no-changes", ...words);
    assert.equal(again.status, 0, again.output);
    const down = await cluster.project.pulumi("destroy", ...words);
    assert.equal(down.status, 0, down.output);
  });
});
