import { closeSync, fstatSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { processStartTime } from "../../base/processes";

/**
 * Tells OpenSM to read its partitions file again (SIGHUP, opensm(8)).
 * @param pidFile A process record (`{pid, startTime}`) or a plain pid file.
 * @throws {Error} if that process is gone, or is no OpenSM
 */
export function tellOpensm(pidFile: string): void {
  const text = readFileSync(pidFile, "utf8").trim();
  const record = (/^\d+$/.test(text) ? { pid: Number(text) } : JSON.parse(text)) as {
    pid: number;
    startTime?: string;
  };
  const startTime = processStartTime(record.pid);
  if (startTime === undefined || (record.startTime !== undefined && record.startTime !== startTime)) {
    throw new Error(
      `OpenSM does not run: ${pidFile} names process ${record.pid}, which is gone; start OpenSM`,
    );
  }
  const name = readFileSync(`/proc/${record.pid}/comm`, "utf8").trim();
  if (name !== "opensm") throw new Error(`${pidFile}: process ${record.pid} is ${name}, not opensm`);
  process.kill(record.pid, "SIGHUP");
}

/** Size of OpenSM's log now, in bytes; 0 if there is none. */
export function logSize(logFile: string | undefined): number {
  return logFile === undefined ? 0 : (statSync(logFile, { throwIfNoEntry: false })?.size ?? 0);
}

/** First line with PARSE ERROR in the log after this many bytes, if any. OpenSM flushes its log at each error. */
export function parseError(logFile: string | undefined, after: number): string | undefined {
  if (logFile === undefined || logSize(logFile) <= after) return undefined;
  const fd = openSync(logFile, "r");
  try {
    const text = Buffer.alloc(fstatSync(fd).size - after);
    readSync(fd, text, 0, text.length, after);
    return /^.*PARSE ERROR.*$/m.exec(text.toString("utf8"))?.[0];
  } finally {
    closeSync(fd);
  }
}
