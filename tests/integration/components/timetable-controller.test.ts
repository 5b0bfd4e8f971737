import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { KubeApi, parseKubeconfig } from "../../../base/kubernetes/api";
import { waitFor } from "../../../base/wait";
import { formatTimetable, TIMETABLE_ANNOTATION } from "../../../components/plan/queue-guarantee";
import { applyTimetables } from "../../../components/timetable-controller";
import { read, reference } from "../../fixtures/policies/calls";
import { Cluster } from "../../fixtures/policies/cluster";
import { IMAGE, volcanoObjects } from "../../fixtures/policies/declared";
import { roomNodes } from "../../fixtures/policies/nodes";
import { roomInventory } from "../../fixtures/room";

const TEMPLATE = IMAGE.replace("/base@", "/ada-torch@");
const CLASSES = [{ days: ["mon" as const], from: "10:00", to: "11:30", guarantee: 4 }];
/** A Monday, with a class at 10:00 and a warm-up of a quarter of an hour. */
const at = (clock: string) => new Date(`2026-10-05T${clock}:00Z`);

describe("the timetable at a real API server", function () {
  this.timeout(120_000);
  let cluster: Cluster;
  let api: KubeApi;
  before(async () => {
    cluster = await Cluster.start("127.88.7.1");
    api = new KubeApi(parseKubeconfig(readFileSync(join(cluster.dir, "admin.kubeconfig"), "utf8")));
    const site = [...volcanoObjects(process.env.LECTERN_VOLCANO_CHART ?? ""), ...roomNodes(roomInventory())];
    for (const object of site) await cluster.store(object);
    const namespace = "course-cxr";
    const timetable = { timeZone: "UTC", warmUp: "15m", classes: CLASSES };
    const annotations = { [TIMETABLE_ANNOTATION]: formatTimetable(1, timetable, ["gpu-1", "gpu-2"]) };
    const queue = {
      apiVersion: "scheduling.volcano.sh/v1beta1",
      kind: "Queue",
      metadata: { name: namespace, annotations },
      spec: { guarantee: { resource: { "nvidia.com/gpu": 1 } } },
    };
    await cluster.store({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    await waitFor("queues served", () => cluster.store(queue).then(() => true), { timeout: 30_000 });
    const map = (name: string, data: object) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace },
      data,
    });
    await cluster.store(map("images", { base: IMAGE }));
    await cluster.store(map("image-templates", { "ada.torch": JSON.stringify({ image: TEMPLATE }) }));
  });
  after(async () => {
    api?.close();
    await cluster?.stop();
  });

  const podsOf = async () => {
    const { body } = await cluster.must(read(reference("v1", "Pod", "lectern-system")));
    return body["items"] as {
      spec: { nodeName?: string; initContainers: { image: string }[] };
      status: { phase?: string };
    }[];
  };

  it("does nothing outside of classes", async () => {
    assert.deepEqual(await applyTimetables(api, at("09:44")), { guarantees: [], prepulls: [] });
  });

  it("raises the guarantee and pulls images and templates onto the course's machines before a class, once", async () => {
    assert.deepEqual(await applyTimetables(api, at("09:45")), {
      guarantees: [{ queue: "course-cxr", from: 1, to: 4 }],
      prepulls: [{ course: "course-cxr", images: 2, machines: 2 }],
    });
    const pods = await waitFor(
      "a pod running on each machine",
      async () => {
        const found = await podsOf();
        return found.length === 2 && found.every(({ status }) => status.phase === "Running")
          ? found
          : undefined;
      },
      { timeout: 60_000 },
    );
    assert.deepEqual(pods.map(({ spec }) => spec.nodeName).sort(), ["gpu-1", "gpu-2"]);
    for (const { spec } of pods)
      assert.deepEqual(
        spec.initContainers.map((c) => c.image),
        [IMAGE, TEMPLATE],
      );
    assert.deepEqual(await applyTimetables(api, at("09:59")), { guarantees: [], prepulls: [] });
  });

  it("tells how far it came, and takes it away when the class begins", async () => {
    const ready = async () => {
      const { body } = await cluster.must(
        read(reference("apps/v1", "DaemonSet", "lectern-system", "prepull-course-cxr")),
      );
      return (body["status"] as { numberReady?: number }).numberReady === 2 || undefined;
    };
    await waitFor("both ready", ready, { timeout: 30_000 });
    assert.deepEqual(await applyTimetables(api, at("10:00")), {
      guarantees: [],
      prepulls: [{ course: "course-cxr", images: 2, machines: 2, done: 2 }],
    });
    await waitFor("pods gone", async () => (await podsOf()).length === 0 || undefined, { timeout: 60_000 });
  });

  it("lowers the guarantee after the class", async () => {
    assert.deepEqual(await applyTimetables(api, at("11:30")), {
      guarantees: [{ queue: "course-cxr", from: 4, to: 1 }],
      prepulls: [],
    });
  });
});
