import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../../../base/wait";
import type { CourseRequest } from "../../../components/plan/course-plan";
import { applyByForce, create, patch, read, reference, remove } from "../../fixtures/policies/calls";
import { Cluster } from "../../fixtures/policies/cluster";
import { declaredCourse, ruleObjects, volcanoObjects } from "../../fixtures/policies/declared";
import { pod } from "../../fixtures/policies/objects";
import { lectern } from "../../fixtures/lectern";
import { OciRegistry } from "../../fixtures/oci-registry";
import { roomInventory } from "../../fixtures/room";

const COURSE: CourseRequest = {
  gpus: { guarantee: 0 },
  teachers: ["curie"],
  assistants: ["roentgen"],
  roster: [{ id: "ada" }],
  seats: 0,
  datasets: [],
  homeSize: "1Gi",
  sizes: [
    { name: "notebook", cpus: 4, memory: "16Gi", gpus: 1, rdma: false },
    { name: "full", cpus: 8, memory: "32Gi", gpus: 2, rdma: false, approval: true },
  ],
  images: ["base"],
};
const CODES = [1, 2, 3, 4].map((seat) => [`seat-${seat}`, randomBytes(8).toString("hex")] as const);
const code = (seat: number) => CODES[seat - 1]?.[1] ?? "";

describe("lectern course, at a real API server", function () {
  this.timeout(120_000);
  let cluster: Cluster;
  let registry: OciRegistry;
  let base: string;
  /** Kubeconfigs by person. */
  const files: Record<string, string> = {};
  const course = (as: string, words: readonly string[], input?: string) =>
    lectern(["course", "cxr", ...words, "--kubeconfig", files[as] ?? ""], {}, input);
  const json = async (as: string, ...words: string[]) => {
    const { stdout, stderr } = await course(as, [...words, "--json"]);
    return JSON.parse(stdout || `{"failed": ${JSON.stringify(stderr)}}`) as Record<string, unknown>;
  };

  before(async () => {
    [cluster, registry] = await Promise.all([
      Cluster.start("127.88.8.1"),
      OciRegistry.start("127.88.8.2:5000"),
    ]);
    files["operator"] = join(cluster.dir, "admin.kubeconfig");
    base = await registry.push("lectern/base", ["debian", "python"]);
    for (const object of [
      ...volcanoObjects(process.env.LECTERN_VOLCANO_CHART ?? ""),
      ...(await ruleObjects()),
    ])
      await cluster.store(object);
    await cluster.untilPoliciesHold();
    for (const object of await declaredCourse("cxr", COURSE, roomInventory(), base))
      await waitFor(`${object.kind}`, () => cluster.store(object).then(() => true), { timeout: 30_000 });
    const stringData = Object.fromEntries(CODES);
    const secret = reference("v1", "Secret", "course-cxr", "invitation-codes");
    await cluster.must(remove(secret));
    await cluster.must(create({ ...secret, stringData } as never));
    for (const person of ["ada", "curie", "roentgen"]) {
      const { status, stdout, stderr } = await course("operator", [
        "kubeconfig",
        person,
        "--duration",
        "10m",
      ]);
      assert.equal(status, 0, stderr);
      files[person] = join(cluster.dir, `${person}.kubeconfig`);
      writeFileSync(files[person], stdout, { mode: 0o600 });
    }
  });
  after(async () => {
    await registry?.stop();
    await cluster?.stop();
  });

  it("shows the queue when only the course is named", async () => {
    await cluster.must(
      create(
        pod({
          metadata: { name: "ada-work", annotations: { "scheduling.volcano.sh/queue-name": "course-cxr" } },
          container: { image: base },
        }),
      ),
    );
    const { stdout } = await course("ada", []);
    assert.match(stdout, /^ORDER +CREATOR +TASK/);
    assert.match(stdout, /1 +ada +ada-work +waiting/);
    const tasks = async (...verb: string[]) =>
      ((await json("ada", ...verb)) as unknown as { task: string }[]).map(({ task }) => task);
    assert.deepEqual(await tasks(), ["ada-work"]);
    assert.deepEqual(await tasks("queue"), ["ada-work"]);
  });

  it("takes the course first, and says so", async () => {
    const { status, stderr } = await lectern(["course", "queue", "cxr"]);
    assert.equal(status, 2);
    assert.match(stderr, /`lectern course cxr queue`/);
    assert.match((await lectern(["course", "cxr", "leave"])).stderr, /no verb leave; there are queue, /);
  });

  it("lets a student have a size once a teacher has approved it", async () => {
    const limits = { cpu: "8", memory: "32Gi", "nvidia.com/gpu": "2" };
    const full = (name: string) =>
      create(
        pod({
          metadata: { name, annotations: { "scheduling.volcano.sh/queue-name": "course-cxr" } },
          container: { image: base, resources: { requests: limits, limits } },
        }),
      );
    const states = async () =>
      ((await json("ada", "sizes")) as unknown as { name: string; state: string }[]).map(
        ({ name, state }) => `${name} ${state}`,
      );
    assert.deepEqual((await states()).sort(), ["full ask", "notebook free"]);
    const refused = await cluster.send(full("ada-full"));
    assert.equal(refused.status, 403, refused.message);
    assert.match(
      refused.message,
      /Pod ada-full: no teacher has approved size full for ada; fix: lectern course cxr ask full, or take/,
    );
    // Who is no student of the course has nothing to ask for.
    await cluster.must(full("demo"));

    assert.match((await course("ada", ["ask", "notebook"])).stderr, /size notebook is for everybody/);
    assert.match((await course("ada", ["ask", "huge"])).stderr, /no size huge; there are /);
    assert.match((await course("curie", ["ask", "full"])).stderr, /students ask.*approve <person> full/);
    assert.equal((await course("ada", ["ask", "full", "--reason", "segmentation in 3D"])).status, 0);
    assert.deepEqual((await states()).sort(), ["full asked", "notebook free"]);
    assert.equal((await cluster.send(full("ada-full"))).status, 403);
    assert.match(
      (await course("curie", ["asks"])).stdout,
      /ada +full +asked +\d{4}-\S+ \S+ +segmentation in 3D/,
    );

    assert.equal((await course("ada", ["approve", "ada", "full"])).status, 1);
    assert.match((await course("curie", ["approve", "zoe", "full"])).stderr, /no student zoe; there are ada/);
    assert.equal((await course("curie", ["approve", "ada", "full"])).status, 0);
    assert.deepEqual((await states()).sort(), ["full approved", "notebook free"]);
    await cluster.must(full("ada-full"));

    assert.match((await course("curie", ["refuse", "ada", "full"])).stdout, /what runs goes on/);
    assert.equal((await cluster.send(full("ada-more"))).status, 403);
    await cluster.must(read(reference("v1", "Pod", "course-cxr", "ada-full")));
    assert.deepEqual(await json("curie", "asks"), []);
    assert.match((await course("curie", ["refuse", "ada", "full"])).stderr, /neither has nor asks for/);
  });

  it("lets a student ask for nobody else, and lets an update of the course leave what was approved", async () => {
    const asks = reference("v1", "ConfigMap", "course-cxr", "size-asks");
    const asAda = { user: "system:serviceaccount:course-cxr:student-ada", group: "system:serviceaccounts" };
    const write = (data: object) => cluster.send(patch(asks, { data }), asAda);
    for (const data of [{ "ben.full": "{}" }, { "ad.full": "{}" }, { ada: "{}" }]) {
      const { status, message } = await write(data);
      assert.equal(status, 403, message);
      assert.match(message, /a student asks for nobody else/);
    }
    assert.equal((await write({ "ada.full": "{}" })).status, 200);
    await cluster.must(patch(asks, { data: { "ben.full": "{}" } }));
    assert.equal((await write({ "ben.full": null })).status, 403);
    assert.equal((await write({ "ada.full": null })).status, 200);

    assert.equal((await course("curie", ["approve", "ada", "full"])).status, 0);
    const frame = (await declaredCourse("cxr", COURSE, roomInventory(), base)).find(
      ({ metadata }) => metadata?.name === "size-approvals",
    );
    await cluster.must(applyByForce(frame as never));
    const [{ isApproved = false } = {}] = (await json("curie", "asks")) as unknown as {
      isApproved: boolean;
    }[];
    assert.ok(isApproved);
  });

  it("lets nobody but who governs the course remove what is asked for and approved, or change the frame", async () => {
    const byCurie = {
      user: "system:serviceaccount:course-cxr:teacher-curie",
      group: "system:serviceaccounts",
    };
    const approvals = reference("v1", "ConfigMap", "course-cxr", "size-approvals");
    const asks = reference("v1", "ConfigMap", "course-cxr", "size-asks");
    for (const call of [
      remove(approvals),
      remove(asks),
      patch(approvals, { data: { sizes: "" } }),
      patch(approvals, { data: { students: null } }),
      patch(approvals, { data: null }),
    ]) {
      const { status, message } = await cluster.send(call, byCurie);
      assert.equal(status, 403, message);
      assert.match(message, /size-frame: the course's sizes are asked for and approved by this/);
    }
    assert.equal(
      (await cluster.send(patch(approvals, { metadata: { labels: { week: "3" } } }), byCurie)).status,
      200,
    );
  });

  it("lets one of many take a seat with its code, and shows the line for the roster", async () => {
    const tries = await Promise.all(
      ["ben", "cem", "dan"].map((id) =>
        course("curie", ["redeem", id, "--mail", `${id}@example.org`], code(2)),
      ),
    );
    const won = tries.filter(({ status }) => status === 0);
    assert.equal(won.length, 1, tries.map(({ stderr }) => stderr).join("\n"));
    for (const { status, stderr } of tries.filter((t) => !won.includes(t))) {
      assert.equal(status, 2);
      assert.match(stderr, /this code is used already/);
    }
    const line = /^(ben|cem|dan),,\1@example\.org,,2$/m;
    assert.match(won[0]?.stdout ?? "", line);
    assert.match((await course("curie", ["roster"])).stdout, line);
    const { redeemed } = (await json("curie", "roster")) as { redeemed: { seat: number }[] };
    assert.deepEqual(
      redeemed.map(({ seat }) => seat),
      [2],
    );
  });

  it("gives one name to one of two who come with different codes at the same time", async () => {
    const tries = await Promise.all([3, 4].map((seat) => course("curie", ["redeem", "zoe"], code(seat))));
    const won = tries.filter(({ status }) => status === 0);
    assert.ok(won.length <= 1, tries.map(({ stdout }) => stdout).join("\n"));
    for (const { stderr } of tries.filter((t) => !won.includes(t))) assert.match(stderr, /zoe is taken/);
    const { redeemed } = (await json("curie", "roster")) as { redeemed: { id: string }[] };
    assert.equal(redeemed.filter(({ id }) => id === "zoe").length, won.length);
  });

  it("refuses a wrong code, an id that is taken or like another, and a newcomer in a wrong form", async () => {
    assert.match(
      (await course("curie", ["redeem", "eva"], "0000-0000")).stderr,
      /no open seat has this code/,
    );
    assert.match((await course("curie", ["redeem", "ada"], code(1))).stderr, /ada is taken/);
    assert.match((await course("curie", ["redeem", "ada-b"], code(1))).stderr, /as if it were ada's/);
    assert.match(
      (await course("curie", ["redeem", "course"], code(1))).stderr,
      /folder that the course shares/,
    );
    const [{ id = "" } = {}] = (
      (await json("curie", "roster")) as { redeemed: { id: string; seat: number }[] }
    ).redeemed;
    assert.match(
      (await course("curie", ["redeem", "eva", "--mail", `${id}@EXAMPLE.org`], code(1))).stderr,
      new RegExp(`${id}@EXAMPLE.org has seat 2, as ${id}`),
    );
    const { status, stderr } = await course("curie", ["redeem", "Eva", "--mail", "nowhere"], code(1));
    assert.equal(status, 1);
    assert.match(stderr, /2 faults[^]*id = "Eva"[^]*mail = "nowhere"/);
    assert.ok(![stderr].some((text) => text.includes(code(1))), "no code is shown");
  });

  it("lets no student redeem, nor share", async () => {
    assert.equal((await course("ada", ["redeem", "eva"], code(1))).status, 1);
    const { stderr } = await course("ada", ["share", "mine", base, "--owner", "ada", "--plain-registry"]);
    assert.match(stderr, /does not let you/);
  });

  it("shares what a student made from an image of the course, and lets the class run it", async () => {
    const derived = await registry.push("students/ada-torch", ["debian", "python", "torch"]);
    const words = ["share", "torch", derived, "--owner", "ada", "--plain-registry"];
    const { status, stdout, stderr } = await course("curie", words);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /torch is shared: made by ada from base/);
    const shared = { name: "torch", image: derived, base: "base", owner: "ada" };
    assert.deepEqual(await json("ada", "templates"), [shared]);
    const by = { user: "system:serviceaccount:course-cxr:student-ada", group: "system:serviceaccounts" };
    const annotations = { "scheduling.volcano.sh/queue-name": "course-cxr" };
    const runs = pod({ metadata: { name: "ada-torch", annotations }, container: { image: derived } });
    const answer = await cluster.send(create(runs), by);
    assert.equal(answer.status, 201, answer.message);
    assert.equal((await course("curie", ["unshare", "torch"])).status, 0);
    assert.deepEqual(await json("ada", "templates"), []);
    assert.match((await course("curie", ["unshare", "torch"])).stderr, /no template torch/);
  });

  it("refuses everything else at once, with what to do", async () => {
    const share = (image: string, name = "t", owner = "ada") =>
      course("curie", ["share", name, image, "--owner", owner, "--plain-registry"]);
    const foreign = await registry.push("students/foreign", ["alpine", "torch"]);
    assert.match((await share(foreign)).stderr, /not made from an image of the course[^]*FROM one of: base/);
    assert.match(
      (await share(base.replace(/.$/, (c) => (c === "0" ? "1" : "0")))).stderr,
      /no image lectern\/base/,
    );
    const { status, stderr } = await share("docker.io/pytorch:latest", "base", "nobody");
    assert.equal(status, 1);
    assert.match(
      stderr,
      /3 faults[^]*nobody of the course[^]*the name of an image[^]*not named by its sha256/,
    );
    assert.match(
      (await share(base.replace(registry.host, "elsewhere:5000"))).stderr,
      /not in the site's registry/,
    );
  });

  it("redeems nothing once the codes are revoked", async () => {
    await cluster.must(remove(reference("v1", "Secret", "course-cxr", "invitation-codes")));
    assert.match((await course("operator", ["redeem", "eva"], code(1))).stderr, /no open seat has this code/);
    const { body } = await cluster.must(read(reference("v1", "ConfigMap", "course-cxr", "redeemed-seat-2")));
    assert.equal((body["data"] as { mail: string }).mail.endsWith("@example.org"), true);
  });
});
