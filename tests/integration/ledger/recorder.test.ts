import assert from "node:assert/strict";
import { get } from "node:http";
import { waitFor } from "../../../base/wait";
import { ledgerAlerts, ledgerDashboard } from "../../../components/plan/ledger-dashboard";
import { METRICS } from "../../../ledger/metrics";
import type { LedgerPod } from "../../../ledger/pods";
import { BUDGET_ANNOTATION, LEDGER_FINALIZER, SPENT_STATE } from "../../../policies/course-states";
import { churn, differences, LedgerCluster, NAMESPACE, stampsOf } from "../../fixtures/ledger";
import { Prometheus } from "../../fixtures/prometheus";
import { TcpRelay } from "../../fixtures/tcp-relay";

/** Pods of the test with kills; the benchmark `ledger` takes 10,000. */
const PODS = 500;

/** Mulberry32: the same kills in every run of one seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("the ledger's recorder on a real API server", function () {
  this.timeout(600_000);
  let cluster: LedgerCluster;
  before(async () => {
    cluster = await LedgerCluster.start("127.95.1.1");
  });
  after(() => cluster?.stop());

  it("says of every pod what the API server's stamps say, killed at any moment", async () => {
    const { kills } = await churn(cluster, { pods: PODS, inFlight: 12, random: seeded(7) });
    assert.ok(kills >= 3, `${kills} kills`);
    assert.equal(cluster.truth.size, PODS);
    assert.deepEqual(differences(cluster).slice(0, 5), []);
    const rows = [...cluster.rows().values()];
    assert.equal(rows.find((row) => row.pod === "ada-0")?.student, "ada");
    assert.equal(rows.find((row) => row.pod === "demo-2")?.student, "");
    assert.deepEqual(new Set(rows.map((row) => row.model)), new Set(["H100"]));
  });

  it("keeps a pod that is deleted while nobody records until its row is written", async () => {
    const { metadata } = await cluster.create("ada-alone");
    await waitFor(
      "it runs",
      () => cluster.truth.get(metadata.uid)?.status?.phase === "Running" || undefined,
      {
        timeout: 30_000,
      },
    );
    await cluster.remove("ada-alone", 0);
    await waitFor(
      "it waits for its row",
      () => cluster.truth.get(metadata.uid)?.metadata.deletionTimestamp !== undefined || undefined,
      { timeout: 30_000 },
    );
    assert.deepEqual(cluster.truth.get(metadata.uid)?.metadata.finalizers, [LEDGER_FINALIZER]);
    assert.equal(cluster.gone.has(metadata.uid), false);
    cluster.startRecorder();
    await waitFor("it is gone", () => cluster.gone.has(metadata.uid) || undefined, { timeout: 30_000 });
    const row = [...cluster.rows().values()].find(({ uid }) => uid === metadata.uid);
    assert.deepEqual({ from: row?.from, to: row?.to }, stampsOf(cluster.truth.get(metadata.uid)!));
    await cluster.stopRecorder("SIGTERM");
  });

  it("lets pods go that were never bound, and pods without GPUs alone", async () => {
    const plain = await cluster.create("ada-plain", 0);
    assert.equal(plain.metadata.finalizers, undefined);
    const large = await cluster.create("ada-too-large", 5_000);
    cluster.startRecorder();
    await cluster.remove("ada-too-large");
    await cluster.remove("ada-plain");
    await waitFor(
      "both are gone",
      () => [plain, large].every(({ metadata }) => cluster.gone.has(metadata.uid)) || undefined,
      { timeout: 30_000 },
    );
    const uids = new Set([...cluster.rows().values()].map(({ uid }) => uid));
    assert.ok(!uids.has(plain.metadata.uid) && !uids.has(large.metadata.uid));
    await cluster.stopRecorder("SIGTERM");
  });

  it("misses nothing when the API server no longer has the changes that it did not hear of", async () => {
    const runs = ({ metadata }: { metadata: { uid: string } }) =>
      waitFor("it runs", () => cluster.truth.get(metadata.uid)?.status?.phase === "Running" || undefined, {
        timeout: 30_000,
      });
    const row = ({ metadata }: { metadata: { uid: string } }) =>
      [...cluster.rows().values()].find(({ uid }) => uid === metadata.uid);
    const relay = await TcpRelay.start("127.95.1.1", 7443, 6443);
    cluster.startRecorder(undefined, 7443);
    const seen = await cluster.create("ada-seen");
    await waitFor("it has a row", () => row(seen), { timeout: 30_000 });
    await relay.cut();
    const unseen = await cluster.create("ben-unseen");
    await runs(unseen);
    await cluster.finish("ada-seen", "Succeeded");
    await cluster.remove("ben-unseen", 0);
    await cluster.plane.forgetHistory();
    const again = await TcpRelay.start("127.95.1.1", 7443, 6443);
    await waitFor("both rows are closed", () => (row(seen)?.to && row(unseen)?.to) || undefined, {
      timeout: 60_000,
    });
    await waitFor("the one is gone", () => cluster.gone.has(unseen.metadata.uid) || undefined, {
      timeout: 30_000,
    });
    assert.match(cluster.recorderLog(), /pods: listed anew, for changes were missed/);
    for (const pod of [seen, unseen]) {
      assert.deepEqual(
        { from: row(pod)?.from, to: row(pod)?.to, estimated: row(pod)?.estimated },
        { ...stampsOf(cluster.truth.get(pod.metadata.uid)!), estimated: undefined },
      );
    }
    await cluster.remove("ada-seen", 0);
    await cluster.stopRecorder("SIGTERM");
    await again.cut();
  });

  describe("a budget of GPU hours", () => {
    let running: LedgerPod;
    const annotate = (annotations: Record<string, string | null>) =>
      cluster.api.patch(`/api/v1/namespaces/${NAMESPACE}`, { metadata: { annotations } });
    const isSpent = async () => {
      const { metadata } = await cluster.api.get<{ metadata: { annotations?: Record<string, string> } }>(
        `/api/v1/namespaces/${NAMESPACE}`,
      );
      return metadata.annotations?.[SPENT_STATE];
    };
    const refused = async () => {
      try {
        await cluster.create(`ada-late-${process.hrtime.bigint()}`);
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    };

    it("refuses new GPU pods once it is spent, says why, and leaves those that run alone", async () => {
      cluster.startRecorder("127.95.1.1:9400");
      running = await cluster.create("ben-running");
      await waitFor(
        "it runs",
        () => cluster.truth.get(running.metadata.uid)?.status?.phase === "Running" || undefined,
        { timeout: 30_000 },
      );
      await annotate({ [BUDGET_ANNOTATION]: "0.0001" });
      const message = await waitFor("a new pod is refused", refused, { timeout: 60_000 });
      assert.match(
        message,
        /the course has used [\d.]+ of 0\.0001 GPU hours: no new GPU pods, those that run go on; fix: /,
      );
      await cluster.create("ada-without-gpu", 0);
      assert.equal(cluster.truth.get(running.metadata.uid)?.status?.phase, "Running");
      const events = await cluster.api.get<{ items: { reason: string }[] }>(
        `/api/v1/namespaces/${NAMESPACE}/events?fieldSelector=source%3Dlectern-ledger`,
      );
      assert.deepEqual(
        events.items.map((e) => e.reason),
        ["GpuHoursSpent"],
      );
    });

    it("is served as metrics", async () => {
      const text = await new Promise<string>((done, failed) =>
        get("http://127.95.1.1:9400/metrics", (response) => {
          let all = "";
          response.setEncoding("utf8").on("data", (part: string) => (all += part));
          response.on("end", () => done(all));
        }).on("error", failed),
      );
      for (const name of Object.values(METRICS))
        assert.match(text, new RegExp(`^# TYPE ${name} gauge$`, "m"));
      assert.match(text, /^lectern_course_gpu_hours_budget\{course="x"\} 0\.0001$/m);
      assert.match(text, /^lectern_student_gpu_hours_used\{course="x",student="ada"\} [\d.]+/m);
    });

    it("is what Prometheus scrapes, alerts by and shows", async () => {
      const prometheus = await Prometheus.start("127.95.1.1:9090", "127.95.1.1:9400", ledgerAlerts());
      try {
        const rules = await waitFor(
          "the course's budget is seen as spent",
          async () => {
            const all = await prometheus.rules();
            return all.find(({ name }) => name === "CourseGpuHoursSpent")?.alerts[0] && all;
          },
          { timeout: 60_000, interval: 500 },
        );
        assert.deepEqual(await prometheus.targets(), ["up"]);
        assert.equal(rules.length, 5);
        for (const { name, health, lastError } of rules) assert.equal(health, "ok", `${name}: ${lastError}`);
        const raised = rules.filter(({ state }) => state !== "inactive");
        assert.deepEqual(
          raised.map(({ name }) => name),
          ["CourseGpuHoursSpent"],
        );
        assert.deepEqual(raised[0]?.alerts[0]?.annotations, {
          summary: "Course x has spent its GPU hours: new GPU pods are refused",
        });
        const dashboard = ledgerDashboard();
        const [, { query }] = dashboard.templating.list as unknown as [unknown, { query: { query: string } }];
        assert.deepEqual(await prometheus.labelValues(query.query), ["x"]);
        const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
        for (const expr of expressions) {
          // As Grafana fills its variable in, where all courses are chosen.
          const asked = expr.replaceAll("$course", ".*");
          const shows = async () => (await prometheus.query(asked)) > 0 || undefined;
          await waitFor(`${asked} shows something`, shows, { timeout: 15_000, interval: 500 });
        }
      } finally {
        await prometheus.stop();
      }
    });

    it("lets those that run come to their end", async () => {
      await cluster.finish("ben-running", "Succeeded");
      await waitFor(
        "its row is closed",
        () => [...cluster.rows().values()].find((r) => r.uid === running.metadata.uid)?.to,
        { timeout: 30_000 },
      );
    });

    it("takes pods again when it is raised", async () => {
      await annotate({ [BUDGET_ANNOTATION]: "1000" });
      await waitFor("no longer spent", async () => ((await isSpent()) === undefined ? true : undefined), {
        timeout: 30_000,
      });
      await waitFor("a new pod is taken", async () => ((await refused()) === undefined ? true : undefined), {
        timeout: 30_000,
      });
    });
  });
});
