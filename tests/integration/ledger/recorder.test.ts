import assert from "node:assert/strict";
import { get } from "node:http";
import { waitFor } from "../../../base/wait";
import { METRICS } from "../../../ledger/metrics";
import { BUDGET_ANNOTATION, LEDGER_FINALIZER, SPENT_ANNOTATION } from "../../../policies/course-states";
import { churn, differences, LedgerCluster, NAMESPACE, stampsOf } from "../../fixtures/ledger";

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

  describe("a budget of GPU hours", () => {
    const annotate = (annotations: Record<string, string | null>) =>
      cluster.api.patch(`/api/v1/namespaces/${NAMESPACE}`, { metadata: { annotations } });
    const isSpent = async () => {
      const { metadata } = await cluster.api.get<{ metadata: { annotations?: Record<string, string> } }>(
        `/api/v1/namespaces/${NAMESPACE}`,
      );
      return metadata.annotations?.[SPENT_ANNOTATION];
    };
    const refused = async () => {
      try {
        await cluster.create(`ada-late-${process.hrtime.bigint()}`);
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    };

    it("refuses new GPU pods once it is spent, says why, and lets those that run finish", async () => {
      cluster.startRecorder("127.95.1.1:9400");
      const running = await cluster.create("ben-running");
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
      await cluster.finish("ben-running", "Succeeded");
      await waitFor(
        "its row is closed",
        () => [...cluster.rows().values()].find((r) => r.uid === running.metadata.uid)?.to,
        { timeout: 30_000 },
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
