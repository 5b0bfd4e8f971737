import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as prettier from "prettier";
import { replaceFile } from "../base/files";
import type { Pins } from "../toolchain/pins";
import { pinPublishedSums } from "../toolchain/published-sums";
import { interrupted } from "./interrupts";
import { TerminalProgress } from "./progress";
import { formatTable } from "./table";

/**
 * Fills the vendors' published SHA-256 sums into a file of pins, and prints where each was read.
 * @param file Default: toolchain/pins.json.
 * @throws {FaultsError} with every sum that cannot be read or that has changed; the file is then as before
 */
export async function pinSums(file = join(__dirname, "..", "toolchain", "pins.json")): Promise<void> {
  const before = JSON.parse(readFileSync(file, "utf8")) as Pins;
  const { pins, read } = await new TerminalProgress().step("read the vendors' sums", () =>
    pinPublishedSums(before, undefined, interrupted),
  );
  const style = await prettier.resolveConfig(file);
  const text = await prettier.format(JSON.stringify(pins), { ...style, filepath: file });
  replaceFile(file, text, { mode: 0o644 });
  const rows = read.map((r) => [r.tool, r.platform, r.sha256, r.from]);
  process.stdout.write(`${formatTable(["TOOL", "PLATFORM", "SHA-256", "FROM"], rows)}\n`);
}
