import { createHash } from "node:crypto";
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

/**
 * Leads that many machines in memory through schedules of faults.
 * @throws {AssertionError} naming the seed, at the first that breaks a rule
 */
export async function runSchedules(count: number, seed: string): Promise<void> {
  const { runSchedule } =
    require("../tests/fixtures/machine-schedule") as typeof import("../tests/fixtures/machine-schedule");
  const first = createHash("sha256").update(seed).digest().readUInt32LE();
  await new TerminalProgress().step(
    `${count} fault schedules of machines, from seed ${first}`,
    async (note) => {
      for (let i = 0; i < count; i++) {
        interrupted.throwIfAborted();
        if (i % 100 === 0) note(`${i} of ${count}`);
        await runSchedule((first + i) >>> 0);
      }
    },
  );
}
