import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../../../base/wait";
import type { QueueEntry, UsageEntry } from "../../../cli/course-queue";
import type { LabRoom } from "../../fixtures/lab-room";
import { changeCourse } from "./config";

const COURSE = "cxr-diagnosis";
const NAMESPACE = `course-${COURSE}`;
/** The other course holds eight of the room's sixteen V100. */
const OTHER = "segmentation";
const OTHERS = ["eva-net-1", "eva-net-2"];
/** Eight V100 are left: these take them all. */
const RUNNING = ["ada-net-1", "ada-net-2", "ada-net-3", "ben-net-1"];
/** It comes when the others run: the scheduler takes those that come together in any order. */
const WAITING = "ben-net-2";

/** A pod with some V100, as a student writes it. */
function work(course: string, name: string, image: string, gpus: number): object {
  const namespace = `course-${course}`;
  const resources = { cpu: "2", memory: "8Gi", "nvidia.com/gpu": String(gpus) };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      annotations: { "scheduling.volcano.sh/queue-name": namespace },
    },
    spec: {
      schedulerName: "volcano",
      nodeSelector: { "nvidia.com/gpu.product": "Tesla-V100-SXM2-32GB" },
      restartPolicy: "Never",
      activeDeadlineSeconds: 28_800,
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "work",
          image,
          command: ["sleep", "infinity"],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          resources: { requests: resources, limits: resources },
        },
      ],
    },
  };
}

/** What a course's people see, with work in its queue, and the timetable. */
export function testCourseVerbs(room: () => LabRoom): void {
  const kubeconfig = (): string => join(room().dir, "ada.kubeconfig");
  const json = async <T>(...args: string[]): Promise<T> => {
    const ended = await room().lectern("course", ...args, "--json");
    assert.equal(ended.status, 0, ended.stderr);
    return JSON.parse(ended.stdout) as T;
  };

  it("gives a student a kubeconfig to work with", async () => {
    const made = await room().lectern("course", COURSE, "kubeconfig", "ada", "--duration", "1h");
    assert.equal(made.status, 0, made.stderr);
    writeFileSync(kubeconfig(), made.stdout, { mode: 0o600 });
    const images = await room().kubectl(["get", "configmap", "images", "-o", "json"], kubeconfig());
    const { data } = JSON.parse(images.stdout) as { data: Record<string, string> };
    const create = async (course: string, name: string, gpus: number, as?: string): Promise<void> => {
      const file = join(room().dir, "work.json");
      writeFileSync(file, JSON.stringify(work(course, name, data["base"] ?? "", gpus)));
      const { status, stderr } = await room().kubectl(["create", "-f", file], as);
      assert.equal(status, 0, stderr);
    };
    const bound = async (course: string, names: readonly string[]): Promise<void> => {
      const args = ["get", "pods", "-n", `course-${course}`, ...names, "-o", "json"];
      const areBound = async () => {
        const { stdout } = await room().kubectl(args);
        const { items } = JSON.parse(stdout) as { items: { spec: { nodeName?: string } }[] };
        return items.filter(({ spec }) => spec.nodeName !== undefined).length === names.length || undefined;
      };
      await waitFor(`${names.join(", ")} bound`, areBound, { timeout: 60_000, interval: 500 });
    };
    for (const name of OTHERS) await create(OTHER, name, 4);
    await bound(OTHER, OTHERS);
    // Nobody makes work in another's name, so the operator does it for ben.
    const make = (name: string): Promise<void> =>
      create(COURSE, name, 2, name.startsWith("ada-") ? kubeconfig() : undefined);
    for (const name of RUNNING) await make(name);
    await bound(COURSE, RUNNING);
    await make(WAITING);
    const wrong = await room().lectern("course", COURSE, "kubeconfig", "nobody");
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /nobody called nobody; there are curie, roentgen, ada/);
  });

  it("shows the queue: whose, what runs, for how long, with how much left, and what waits", async () => {
    const entries = await waitFor(
      "four pods run and one waits",
      async () => {
        const seen = await json<QueueEntry[]>(COURSE, "queue");
        const count = (status: string) => seen.filter((e) => e.status === status).length;
        return count("running") === 4 && count("waiting") === 1 ? seen : undefined;
      },
      { timeout: 60_000, interval: 500 },
    );
    const waiting = entries.find((e) => e.status === "waiting");
    assert.deepEqual([waiting?.order, waiting?.gpus, waiting?.running, waiting?.left], [1, 2, 0, undefined]);
    for (const entry of entries.filter((e) => e.status === "running")) {
      assert.equal(entry.creator, entry.task.split("-")[0]);
      const { left = 0, running } = entry;
      assert.ok(left > 28_000 && left + running <= 28_800, JSON.stringify(entry));
    }
    const table = (await room().lectern("course", COURSE, "queue", "--kubeconfig", kubeconfig())).stdout;
    const head = /ORDER +CREATOR +TASK +STATUS +PODS +GPUS +WAITING +RUNNING +LEFT/;
    assert.match(table, head);
    const [running, waits] = [
      / ada +ada-net-1 +running +1 +2 +\d\d:\d\d:\d\d/,
      /^1 +\w+ +\w+-net-\d +waiting/m,
    ];
    assert.match(table, running);
    assert.match(table, waits);
  });

  it("shows what each person holds", async () => {
    const usage = await json<UsageEntry[]>(COURSE, "usage");
    const held = usage.reduce((sum, { gpus }) => sum + gpus, 0);
    assert.equal(held, 8);
    const ada = usage.find(({ person }) => person === "ada");
    assert.ok(ada && ada.gpus === 2 * ada.pods && ada.cpus === 2 * ada.pods, JSON.stringify(ada));
    assert.match(
      (await room().lectern("course", COURSE, "usage")).stdout,
      /PERSON +PODS +CORES +MEMORY +GPUS/,
    );
  });

  it("shows people and codes to a teacher, and neither to a student", async () => {
    const teacher = join(room().dir, "curie.kubeconfig");
    const made = await room().lectern("course", COURSE, "kubeconfig", "curie");
    writeFileSync(teacher, made.stdout, { mode: 0o600 });
    const { people, codes } = await json<{ people: object[]; codes: { seat: number; code: string }[] }>(
      COURSE,
      "roster",
      "--kubeconfig",
      teacher,
    );
    assert.equal(people.length, 6);
    assert.deepEqual(
      codes.map(({ seat }) => seat),
      [1, 2, 3, 4],
    );
    const refused = await room().lectern("course", COURSE, "roster", "--kubeconfig", kubeconfig());
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /does not let you see that/);
    for (const { code } of codes) assert.ok(!(refused.stdout + refused.stderr).includes(code));
  });

  it("raises a guarantee for a class, and lowers it after", async () => {
    changeCourse(room(), COURSE, (course) => {
      const classes = [{ days: ["mon"], from: "10:00", to: "11:30", guarantee: 10 }];
      course["timetable"] = { timeZone: "Europe/Berlin", classes };
    });
    const changed = await room().lectern("semester", "change", "2026-autumn", COURSE, "--yes");
    assert.equal(changed.status, 0, changed.stderr);
    const queue = await room().kubectl(["get", "queues.scheduling.volcano.sh", NAMESPACE, "-o", "yaml"]);
    assert.match(queue.stdout, /Europe\/Berlin/);
    const admin = room().variables["KUBECONFIG"] ?? "";
    const at = async (moment: string): Promise<[string, string]> => {
      const { stdout } = await room().lectern("timetable", "--kubeconfig", admin, "--at", moment);
      const path = "jsonpath={.spec.guarantee.resource}";
      const held = await room().kubectl(["get", "queues.scheduling.volcano.sh", NAMESPACE, "-o", path]);
      const guarantees = stdout.split("\n").filter((line) => line.includes(": guarantee "));
      return [
        guarantees.join("\n"),
        String((JSON.parse(held.stdout) as Record<string, unknown>)["nvidia.com/gpu"]),
      ];
    };
    // A Monday: 9:50 in Berlin is within the quarter of an hour before the class.
    assert.deepEqual(await at("2026-10-05T07:50:00Z"), [`${NAMESPACE}: guarantee 8 → 10 GPUs`, "10"]);
    assert.deepEqual(await at("2026-10-05T08:30:00Z"), ["", "10"]);
    assert.deepEqual(await at("2026-10-05T09:31:00Z"), [`${NAMESPACE}: guarantee 10 → 8 GPUs`, "8"]);
  });
}
