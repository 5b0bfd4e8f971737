import { fetchBenchmark } from "./machines/fetch";
import { imageBenchmark } from "./machines/image";

/** Booting machines: fetching images beside nginx (limit: 0.9 of its throughput), and building one twice. */
export async function run(): Promise<Record<string, unknown>> {
  return { ...(await fetchBenchmark()), fetchPartOfNginxLimit: 0.9, ...(await imageBenchmark()) };
}
