import type { FuzzOptions } from "../tests/fixtures/ipmi/fuzz";
import { interrupted } from "./interrupts";
import { TerminalProgress } from "./progress";
import { formatTable } from "./table";

/**
 * Feeds every decoder of the IPMI client mutated messages, and prints how many each took for valid.
 * @throws {Error} naming packet and seed, at the first that yields neither a value nor a DecodeError, hangs or grows
 */
export async function runFuzzer(options: FuzzOptions): Promise<void> {
  const { allDecoders } =
    require("../tests/fixtures/ipmi/decoder-tables") as typeof import("../tests/fixtures/ipmi/decoder-tables");
  const { fuzzAll } = require("../tests/fixtures/ipmi/fuzz") as typeof import("../tests/fixtures/ipmi/fuzz");
  const names = allDecoders().map(({ name }) => name);
  const rows: string[][] = [];
  await new TerminalProgress().step(`fuzz ${names.length} decoders, seed ${options.seed}`, async (note) => {
    for await (const { decoder, packets, understood } of fuzzAll(names, options)) {
      interrupted.throwIfAborted();
      note(`${rows.length + 1} of ${names.length}`);
      rows.push([decoder, String(packets), String(understood)]);
    }
  });
  process.stdout.write(`${formatTable(["DECODER", "PACKETS", "UNDERSTOOD"], rows)}\n`);
}
