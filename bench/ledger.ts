import { churn, differences, LedgerCluster } from "../tests/fixtures/ledger";
import { useTools } from "./support/tools";

/** The project speaks of 10,000. */
const PODS = Number(process.env["LECTERN_BENCH_PODS"] ?? 10_000);

/** Pods that come and go on a real API server while the recorder is killed again and again: rows that differ from its stamps. */
export async function run(): Promise<object> {
  await useTools();
  const cluster = await LedgerCluster.start("127.95.3.1", 4);
  try {
    const start = Date.now();
    const { kills } = await churn(cluster, { pods: PODS, inFlight: 40, random: Math.random });
    const seconds = Math.round((Date.now() - start) / 1_000);
    const wrong = differences(cluster);
    return {
      pods: PODS,
      kills,
      seconds,
      rows: cluster.rows().size,
      different: wrong.length,
      limitDifferent: 0,
    };
  } finally {
    await cluster.stop();
  }
}
