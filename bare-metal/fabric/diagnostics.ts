import { spawn } from "node:child_process";
import type { FabricManager, PortTable } from "./index";

/** A port as the fabric itself reports it. */
export interface FabricPort {
  readonly portGuid: string;
  /** Local identifier that OpenSM gave to it. */
  readonly lid: number;
  /** Number of the port on its HCA. */
  readonly port: number;
  /** Whether the master subnet manager answers there. */
  readonly manager: boolean;
}

/** All HCA ports of the fabric by GUID: one walk with ibnetdiscover, and sminfo for OpenSM's own. */
export async function discoverPorts(
  diagnostics: FabricManager["diagnostics"],
): Promise<Map<string, FabricPort>> {
  const output = await runScript(diagnostics, "set -e\nibnetdiscover -p\nsminfo\n");
  const manager = /^sminfo: sm lid (\d+) /m.exec(output)?.[1];
  if (manager === undefined)
    throw new Error(`sminfo: no subnet manager answers: ${output.trim().split("\n").at(-1) ?? ""}`);
  const ports = new Map<string, FabricPort>();
  for (const [, lid, port, portGuid] of output.matchAll(/^CA +(\d+) +(\d+) (0x[0-9a-f]{16}) /gm)) {
    if (lid === undefined || port === undefined || portGuid === undefined) continue;
    ports.set(portGuid, { portGuid, lid: Number(lid), port: Number(port), manager: lid === manager });
  }
  return ports;
}

/** The P_Key tables of these ports, asked of the ports themselves by smpquery; OpenSM's memory may be out of date. */
export async function readTables(
  diagnostics: FabricManager["diagnostics"],
  ports: readonly FabricPort[],
): Promise<PortTable[]> {
  if (ports.length === 0) return [];
  const asked = ports.map(
    ({ portGuid, lid, port }) => `echo "port ${portGuid}"\nsmpquery pkeys ${lid} ${port}\n`,
  );
  const output = await runScript(diagnostics, `set -e\n${asked.join("")}`);
  const tables = output
    .split(/^port /m)
    .slice(1)
    .map(parseTable);
  if (tables.length !== ports.length)
    throw new Error(`smpquery: ${tables.length} of ${ports.length} ports answered`);
  return tables;
}

/** Reads `port GUID` and the eight-column table of smpquery after it. */
function parseTable(text: string): PortTable {
  const entries = [...text.matchAll(/^ *\d+: ((?:0x[0-9a-f]{4} ?)+)$/gm)].flatMap((row) =>
    (row[1] ?? "").trim().split(/ +/),
  );
  if (entries.length === 0) throw new Error(`smpquery: no table in its answer: ${text.slice(0, 120)}`);
  const pkeys = entries.map((entry) => Number.parseInt(entry, 16)).filter((pkey) => pkey !== 0);
  return { portGuid: text.slice(0, text.indexOf("\n")).trim(), pkeys: pkeys.sort((a, b) => a - b) };
}

/** Runs a script by `sh -s`, so that one start (or one ssh connection) serves many questions and nothing needs quoting. */
function runScript({ command, env }: FabricManager["diagnostics"], script: string): Promise<string> {
  const [program = "sh", ...args] = [...command, "sh", "-s"];
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: "pipe", timeout: 60_000 });
    let [output, errors] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(output);
      else
        reject(
          new Error(
            `infiniband-diags through "${command.join(" ")}": ${errors.trim().split("\n").at(-1) ?? ""} (exit ${code})`,
          ),
        );
    });
    child.stdin.once("error", () => undefined);
    child.stdin.end(script);
  });
}
