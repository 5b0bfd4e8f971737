import type { Command } from "commander";
import { UsageError } from "./failure";
import { interrupted } from "./interrupts";

/** `lectern toolchain`: which tools there are, and getting them. */
export function addToolchainCommands(program: Command): void {
  const toolchain = program.command("toolchain").description("the pinned tools and where each comes from");
  toolchain
    .command("list")
    .description("every tool: version, where it comes from, path; installs nothing")
    .option("--json", "as JSON")
    .action(async (options: { json?: boolean }) => {
      const { findTools } = require("../toolchain/resolve") as typeof import("../toolchain/resolve");
      const found = await findTools();
      if (options.json) {
        process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
        return;
      }
      const { formatTable } = require("./table") as typeof import("./table");
      const rows = found.map((t) => [t.name, t.version, t.source, t.path ?? ""]);
      process.stdout.write(`${formatTable(["TOOL", "VERSION", "FROM", "PATH"], rows)}\n`);
    });
  toolchain
    .command("install")
    .description("get the named tools, or all of them")
    .argument("[names...]", "tools or groups, as `toolchain list` names them")
    .option("--offline", "build from Go modules; ask no vendor (LECTERN_OFFLINE=1)")
    .action(async (names: string[], options: { offline?: boolean }) => {
      const { ensureTools } = require("../toolchain/resolve") as typeof import("../toolchain/resolve");
      const { namedTools } = require("../toolchain/pins") as typeof import("../toolchain/pins");
      const { TerminalProgress } = require("./progress") as typeof import("./progress");
      await ensureTools(names.length === 0 ? "all" : usage(() => namedTools(names)), {
        progress: new TerminalProgress(),
        signal: interrupted,
        ...(options.offline ? { offline: true } : {}),
      });
    });
}

/** What `read` makes of the words that were typed; what it complains about is a usage error. */
function usage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
