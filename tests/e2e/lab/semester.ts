import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "../../../base/wait";
import { type CephCluster, deleteArchivedHome, homeOwners } from "../../../bare-metal/ceph";
import { CephSession } from "../../../bare-metal/ceph/session";
import { type FabricManager, readPartitions } from "../../../bare-metal/fabric";
import type { RoomStatus } from "../../../lab/status";
import { withStudentMounts } from "../../../lab/student-mounts";
import type { VerifiedArchive } from "../../../semester/backend";
import type { CourseResult } from "../../../semester/commands";
import type { Entry } from "../../../semester/journal";
import { allSteps, stepName } from "../../../semester/plan";
import type { LabRoom } from "../../fixtures/lab-room";
import { changeCourse } from "./config";

const SEMESTER = "2026-autumn";
const COURSES = ["cxr-diagnosis", "segmentation"];
/** P_Keys of those, as their files of config say. */
const PKEYS = [0x0011, 0x0012];
const [COURSE] = COURSES as [string];
const NAMESPACE = `course-${COURSE}`;
/** A course that goes on into the next semester while the others close. */
const STAYING = "anatomy";

interface Site {
  readonly fabric: FabricManager;
  readonly storage: { readonly cluster: CephCluster; readonly filesystem: string };
}

interface Listed {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
}

/** What a home holds that is worth keeping. */
const THESIS = "the quick brown fox\n".repeat(50_000);

/** A semester of a real room: opened, changed, closed with kills in between, and opened once more. */
export function testSemester(room: () => LabRoom): void {
  const semester = (...args: string[]) => room().lectern("semester", ...args);
  const journal = (): Entry[] =>
    room()
      .read(`semesters/${SEMESTER}/close.jsonl`)
      .split("\n")
      .filter((line) => line.endsWith("}"))
      .map((line) => JSON.parse(line) as Entry);
  const did = (entry: "begin" | "done", step: RegExp): string | undefined =>
    journal().flatMap((e) => (e.entry === entry && step.test(e.step) ? [e.step] : []))[0];
  const archiveOf = (owner: string): VerifiedArchive =>
    journal().flatMap((e) =>
      e.entry === "done" && e.step === `archive ${COURSE}/${owner}` ? [e.result as VerifiedArchive] : [],
    )[0] as VerifiedArchive;
  const tokens = new Map<string, string>();
  let site: Site;

  /** Objects of the course's namespace by kind and name, each with what changes when it is written. */
  const objectsOf = async (namespace: string): Promise<Map<string, string>> => {
    const kinds =
      "serviceaccounts,rolebindings,persistentvolumeclaims,secrets,configmaps,resourcequotas,limitranges,networkpolicies,roles";
    const course = `lectern.dev/course=${namespace.slice("course-".length)}`;
    const lists = [
      ["get", kinds, "-n", namespace],
      // Volumes, and the keys that nodes mount them with, lie outside.
      ["get", "persistentvolumes,secrets", "-A", "-l", course],
    ];
    const items: Listed[] = [];
    for (const args of lists) {
      const { stdout } = await room().kubectl([...args, "-o", "json"]);
      items.push(...(JSON.parse(stdout) as { items: Listed[] }).items);
    }
    return new Map(
      items.map(({ kind, metadata: { name, uid, resourceVersion } }) => [
        `${kind} ${name}`,
        // What a quota counted is written into it.
        kind === "ResourceQuota" ? uid : `${uid} ${resourceVersion}`,
      ]),
    );
  };

  /** Starts a close, and kills it without a chance to tidy up once the journal says so. */
  const closeKilledAt = async (entry: "begin" | "done", step: RegExp, stack?: string): Promise<void> => {
    const child = room().start("semester", "close", SEMESTER, "--yes");
    const ended = new Promise<void>((done) => child.once("exit", () => done()));
    await waitFor(`${entry} of ${step}`, () => did(entry, step), { timeout: 180_000, interval: 20 });
    if (stack !== undefined) {
      const working = () =>
        room()
          .lockHolders(stack)
          .find((pid) => pid > 0);
      const pid = await waitFor(`pulumi works on ${stack}`, working, { timeout: 60_000, interval: 20 });
      process.kill(pid, "SIGKILL");
    }
    child.kill("SIGKILL");
    await ended;
  };

  const home = async <T>(student: string, work: (home: string) => T): Promise<T> => {
    const scratch = mkdtempSync(join(tmpdir(), "lectern-home-"));
    try {
      const outputs = await room().outputs<Record<string, unknown>>(COURSE);
      return await withStudentMounts(room().open(), outputs, student, scratch, (mounts) => work(mounts.home));
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  };

  it("opens all courses side by side: one that is new is made, the others stay as they are", async () => {
    changeCourse(room(), STAYING, (course) => {
      Object.assign(course, { site: "lab", title: "Anatomy", machines: ["gpu-4"], homeSize: "64Mi" });
      Object.assign(course, { teachers: ["vesalius"], roster: ["hana"] });
    });
    const opened = await semester("open", SEMESTER, "--parallel", "3", "--json");
    assert.equal(opened.status, 0, opened.stderr);
    const results = JSON.parse(opened.stdout) as CourseResult[];
    const made = new Map(results.map(({ course, changes }) => [course, changes]));
    assert.deepEqual([...made.keys()].sort(), [STAYING, ...COURSES]);
    assert.ok((made.get(STAYING)?.create ?? 0) > 10);
    for (const course of COURSES) {
      const { create, update, delete: deleted } = made.get(course) ?? {};
      assert.deepEqual([create, update, deleted], [0, 0, 0], course);
    }
    changeCourse(room(), STAYING, (course) => (course["semester"] = "2027-spring"));
    const another = await semester("open", SEMESTER, STAYING);
    assert.equal(another.status, 2);
    assert.match(
      another.stderr,
      /no course anatomy in semester 2026-autumn; it has cxr-diagnosis, segmentation/,
    );
    site = await room().outputs<Site>("lab");
  });

  it("shows before a change of the roster whom it touches, and touches nobody else", async () => {
    await home("ada", (at) => {
      mkdirSync(join(at, "runs/best of three"), { recursive: true });
      writeFileSync(join(at, "runs/best of three/weights.bin"), THESIS, { mode: 0o640 });
      writeFileSync(join(at, "röntgen.txt"), "ok\n");
      symlinkSync("runs/best of three/weights.bin", join(at, "latest"));
    });
    await home("dora", (at) => writeFileSync(join(at, "thesis.txt"), THESIS));
    const before = await objectsOf(NAMESPACE);
    changeCourse(room(), COURSE, (course) => (course["roster"] = ["ada", "ben", "chen", "edsger"]));
    const asked = await semester("change", SEMESTER, COURSE);
    assert.equal(asked.status, 2, "nobody to ask");
    const parts = asked.stderr.split("\n").filter((line) => line.startsWith(COURSE));
    assert.ok(parts.length >= 4, asked.stderr);
    // Keys are secret as a whole, so that of them no more is told.
    for (const line of parts) assert.match(line, /edsger|dora|cxr-diagnosis-keys +objects$/);
    assert.deepEqual(await objectsOf(NAMESPACE), before);

    const changed = await semester("change", SEMESTER, COURSE, "--yes", "--json");
    assert.equal(changed.status, 0, changed.stderr);
    const results = JSON.parse(changed.stdout) as CourseResult[];
    assert.deepEqual(
      results.map(({ course }) => course),
      [COURSE],
    );
    const after = await objectsOf(NAMESPACE);
    const touched = [...new Set([...before.keys(), ...after.keys()])].filter(
      (key) => before.get(key) !== after.get(key),
    );
    assert.ok(touched.length >= 8, touched.join("\n"));
    for (const key of touched) assert.match(key, /edsger|dora/);
    assert.ok(after.has("ServiceAccount student-edsger") && !after.has("ServiceAccount student-dora"));
    const { cluster, filesystem } = site.storage;
    // Who leaves keeps the home until the course closes.
    assert.ok((await homeOwners({ cluster, filesystem, group: NAMESPACE })).includes("dora"));
  });

  it("takes tokens that hold before the close", async () => {
    for (const person of ["ada", "curie"]) {
      const file = join(room().dir, `${person}-before.kubeconfig`);
      const made = await room().lectern("course", COURSE, "kubeconfig", person);
      writeFileSync(file, made.stdout, { mode: 0o600 });
      assert.equal((await room().kubectl(["get", "pods"], file)).status, 0);
      tokens.set(person, file);
    }
  });

  it("goes on after kills, in the middle of archives, with an archive that was damaged meanwhile", async () => {
    await closeKilledAt("done", new RegExp(`^archive ${COURSE}/dora$`));
    assert.equal(did("begin", /^release-machine/), undefined);
    // New work is refused from the first step on, with the reason.
    const refused = await room().kubectl(["create", "-f", join(room().dir, "work.json")]);
    assert.match(refused.stderr, /the semester 2026-autumn is being closed/);
    const { manifest, path } = archiveOf("dora");
    const { cluster, filesystem } = site.storage;
    const spec = { cluster, filesystem, group: NAMESPACE, owner: "dora", archives: `archive-${SEMESTER}` };
    await CephSession.use(cluster, (ceph) =>
      ceph.tree(filesystem, { action: "write", path: `${path}/data/thesis.txt`, text: "another\n" }),
    );
    await assert.rejects(deleteArchivedHome(spec, manifest), /archive is not the one that was verified/);
    assert.ok((await homeOwners(spec)).includes("dora"));
  });

  it("goes on after kills in the middle of what Pulumi deletes", async () => {
    await closeKilledAt("begin", new RegExp(`^delete-namespace ${COURSE}$`), COURSE);
    for (const file of tokens.values()) {
      const refused = await room().kubectl(["get", "pods", "-n", NAMESPACE], file);
      assert.notEqual(refused.status, 0);
      assert.match(refused.stderr, /Unauthorized|must be logged in/);
    }
  });

  it("closes: everything once, machines last, and only those that no other course uses", async () => {
    await closeKilledAt("begin", /^release-machine/);
    const closed = await semester("close", SEMESTER, "--yes", "--json");
    assert.equal(closed.status, 0, closed.stderr);
    assert.equal((JSON.parse(closed.stdout) as { closed: boolean }).closed, true);

    const entries = journal();
    const plan = entries.flatMap((e) => (e.entry === "plan" ? [e.plan] : []))[0];
    assert.ok(plan);
    assert.deepEqual(plan.machines, ["gpu-1", "gpu-2", "gpu-3"]);
    const done = entries.flatMap((e) => (e.entry === "done" ? [e.step] : []));
    assert.deepEqual([...done].sort(), allSteps(plan).map(stepName).sort());
    const firstRelease = entries.findIndex(
      (e) => e.entry === "begin" && e.step.startsWith("release-machine"),
    );
    const lastOfCourses = entries.findLastIndex(
      (e) => e.entry === "done" && !e.step.startsWith("release-machine"),
    );
    assert.ok(lastOfCourses < firstRelease);

    const status = JSON.parse((await room().lectern("lab", "status", "--json")).stdout) as RoomStatus;
    const gpus = status.machines.filter(({ role }) => role === "gpu");
    assert.deepEqual(
      gpus.map(({ machine, power, state }) => [machine, power, state]),
      [
        ["gpu-1", "off", "off"],
        ["gpu-2", "off", "off"],
        ["gpu-3", "off", "off"],
        ["gpu-4", "on", "ready"],
      ],
    );
    assert.ok(status.machines.filter(({ role }) => role !== "gpu").every(({ power }) => power === "on"));
    for (const machine of plan.machines) {
      const shown = await room().lectern("machines", "show", machine, "--json");
      const { orders } = JSON.parse(shown.stdout) as { orders: { power: string }[] };
      // The last power-on, and then one order to shut down.
      assert.deepEqual(
        orders.slice(-2).map(({ power }) => power),
        ["on", "soft"],
        machine,
      );
    }
    assert.deepEqual(
      status.courses.map(({ course }) => course),
      [STAYING],
    );
  });

  it("has archived every home, as sha256sum reads it, and deleted it only then", async () => {
    const plan = journal().flatMap((e) => (e.entry === "plan" ? [e.plan] : []))[0];
    const scratch = mkdtempSync(join(tmpdir(), "lectern-archive-"));
    const { cluster, filesystem } = site.storage;
    const who = ["-c", cluster.conf, "-n", "client.admin", "-k", cluster.keyring, "--client_fs", filesystem];
    const mounted = await room().run("ceph-fuse", [...who, scratch]);
    assert.equal(mounted.status, 0, mounted.stderr);
    try {
      for (const { name, homes } of plan?.courses ?? []) {
        assert.ok(homes.length >= 4, homes.join());
        assert.deepEqual(await homeOwners({ cluster, filesystem, group: `course-${name}` }), []);
        for (const owner of homes) {
          const result = journal().flatMap((e) =>
            e.entry === "done" && e.step === `delete-home ${name}/${owner}`
              ? [e.result as VerifiedArchive]
              : [],
          )[0];
          const archive = join(scratch, result?.path ?? "missing");
          assert.ok(existsSync(join(archive, "manifest.json")), archive);
          if (result?.files === 0) continue;
          const check = ["-c", 'cd "$1" && sha256sum -c --strict SHA256SUMS', "sh", archive];
          const checked = await room().run("sh", check);
          assert.equal(checked.status, 0, checked.stdout + checked.stderr);
        }
      }
      const kept = (owner: string, file: string) =>
        readFileSync(join(scratch, archiveOf(owner).path, "data", file), "utf8");
      assert.equal(kept("ada", "latest"), THESIS);
      assert.equal(kept("ada", "röntgen.txt"), "ok\n");
      assert.equal(kept("dora", "thesis.txt"), THESIS);
    } finally {
      await room().run("umount", [scratch]);
      rmSync(scratch, { recursive: true, force: true });
    }
  });

  it("has written out the ledger, returned the P_Keys, and left no access", async () => {
    const rows = room().read(`semesters/${SEMESTER}/${COURSE}.csv`).trimEnd().split("\n");
    const [head = "", ...used] = rows;
    assert.match(head, /course.*student.*gpu/i);
    const ofAda = used.filter((row) => row.includes("ada-net-"));
    assert.equal(ofAda.length, 3, rows.join("\n"));
    for (const course of COURSES) {
      assert.equal(await readPartitions(site.fabric, `course-${course}`), undefined);
      const gone = await room().kubectl(["get", "namespace", `course-${course}`]);
      assert.match(gone.stderr, /NotFound/);
    }
    const tables = (await readPartitions(site.fabric, "site"))?.verified ?? [];
    assert.ok(tables.length >= 8, `${tables.length} ports`);
    for (const { portGuid, pkeys } of tables) {
      for (const pkey of PKEYS) assert.ok(!pkeys.some((held) => (held & 0x7fff) === pkey), portGuid);
    }
    for (const file of tokens.values()) {
      assert.match((await room().kubectl(["get", "pods"], file)).stderr, /Unauthorized|must be logged in/);
    }
  });

  it("opens the semester again: machines on and Ready, both courses side by side", async () => {
    const opened = await semester("open", SEMESTER, "--json");
    assert.equal(opened.status, 0, opened.stderr);
    const results = JSON.parse(opened.stdout) as CourseResult[];
    assert.deepEqual(results.map(({ course, error }) => [course, error]).sort(), [
      ["cxr-diagnosis", undefined],
      ["segmentation", undefined],
    ]);
    const status = JSON.parse((await room().lectern("lab", "status", "--json")).stdout) as RoomStatus;
    for (const { machine, power, state, ready } of status.machines) {
      assert.deepEqual([power, state, ready], ["on", "ready", true], machine);
    }
    const cordoned = await room().kubectl(["get", "nodes", "-o", "jsonpath={.items[*].spec.unschedulable}"]);
    assert.equal(cordoned.stdout.trim(), "");
    // An account of the same name is another account.
    const old = await room().kubectl(["get", "pods", "-n", NAMESPACE], tokens.get("ada"));
    assert.match(old.stderr, /Unauthorized|must be logged in/);
    const noop = await room().pulumi("refresh", "--stack", "lab", "--yes", "--expect-no-changes");
    assert.equal(noop.status, 0, noop.stdout + noop.stderr);
  });
}
