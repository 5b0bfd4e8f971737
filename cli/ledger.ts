import { resolve } from "node:path";
import type { Command } from "commander";
import { UsageError } from "./failure";
import { interrupted } from "./interrupts";

interface ShowOptions {
  readonly from?: string;
  readonly to?: string;
  readonly dir?: string;
  readonly csv?: true;
  readonly json?: true;
}
interface ServeOptions {
  readonly dir?: string;
  readonly kubeconfig?: string;
  readonly listen?: string;
}

/** `lectern ledger`: who used which GPUs, from when, for how long. */
export function addLedgerCommands(program: Command): void {
  const ledger = program
    .command("ledger")
    .description("who used which GPUs, from when, for how long, and what is left of each budget")
    .argument("[who]", "a course: its students; a student: each pod. Default: all courses")
    .option("--from <day>", "from this day (2026-10-01) or moment (RFC 3339) on")
    .option("--to <day>", "to the end of this day, or before this moment")
    .option("--dir <folder>", "the ledger's. Default: the room's")
    .option("--csv", "every pod as CSV (RFC 4180)")
    .option("--json", "every pod and the sums as JSON")
    .addHelpText(
      "after",
      "\nGPU hours are GPUs × the part of each one's memory × hours. Days are those of UTC.",
    )
    .action((who: string | undefined, options: ShowOptions) => showLedger(who, options));
  ledger
    .command("serve")
    .description("record: follow the pods of courses until told to end")
    .option("--kubeconfig <file>", "of the cluster; may come later. Default: the pod's ServiceAccount")
    .option("--listen <address:port>", "serve /metrics and /healthz. Default: not")
    .action((_options: unknown, command: Command) => serve(command.optsWithGlobals<ServeOptions>()));
  ledger
    .command("unit")
    .description("print a unit file for systemd that keeps the recorder running")
    .requiredOption("--kubeconfig <file>", "of the cluster")
    .option("--listen <address:port>", "serve /metrics and /healthz. Default: not")
    .action((_options: unknown, command: Command) => {
      const { dir = roomLedger(), kubeconfig = "", listen } = command.optsWithGlobals<ServeOptions>();
      const { ledgerUnit } = require("../ledger/unit") as typeof import("../ledger/unit");
      endpoint(listen);
      const program = resolve(__dirname, "../bin/lectern.js");
      const paths = { dir: resolve(dir), kubeconfig: resolve(kubeconfig), node: process.execPath, program };
      process.stdout.write(ledgerUnit({ ...paths, listen }));
    });
}

async function serve({ dir = roomLedger(), kubeconfig, listen }: ServeOptions): Promise<void> {
  const { serveLedger } = require("../ledger/service") as typeof import("../ledger/service");
  await serveLedger({ dir: resolve(dir), kubeconfig, listen: endpoint(listen) }, interrupted);
}

function endpoint(text: string | undefined): { address: string; port: number } | undefined {
  if (text === undefined) return undefined;
  const match = /^\[?([^\]]+)\]?:(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (!match || port > 65_535) {
    throw new UsageError(`--listen ${text}: not an address and a port, such as 127.0.0.1:9400`);
  }
  return { address: match[1] ?? "", port };
}

function showLedger(who: string | undefined, { from, to, dir, csv, json }: ShowOptions): void {
  if (csv && json) throw new UsageError("give one of --csv and --json");
  const { ledgerView, viewText } = require("./ledger-views") as typeof import("./ledger-views");
  const { ledgerCsv } = require("../ledger/csv") as typeof import("../ledger/csv");
  const period = { from: moment("--from", from, false), to: moment("--to", to, true) };
  if (period.from !== undefined && period.to !== undefined && period.from >= period.to) {
    throw new UsageError(`--from ${from} does not lie before --to ${to}`);
  }
  const now = Date.now();
  const view = ledgerView(dir ?? roomLedger(), who, period, now);
  if (csv) process.stdout.write(ledgerCsv(view.rows, now, period));
  else process.stdout.write(`${json ? JSON.stringify(view, null, 2) : viewText(view, now, period)}\n`);
}

/** @param end Whether a day stands for its end. */
function moment(flag: string, text: string | undefined, end: boolean): number | undefined {
  if (text === undefined) return undefined;
  const day = /^\d{4}-\d\d-\d\d$/.test(text);
  const at = Date.parse(text);
  if (Number.isNaN(at) || !/^\d{4}-\d\d-\d\d(T.*)?$/.test(text)) {
    throw new UsageError(`${flag} ${text}: neither a day such as 2026-10-01 nor a moment (RFC 3339)`);
  }
  return day && end ? at + 86_400_000 : at;
}

function roomLedger(): string {
  const { ledgerFolder } = require("../lab/ledger") as typeof import("../lab/ledger");
  const { roomName } = require("../lab/commands") as typeof import("../lab/commands");
  const { openRoom } = require("../lab/room") as typeof import("../lab/room");
  return process.env["LECTERN_LEDGER"] ?? ledgerFolder(openRoom(roomName()));
}
