import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { privateFolder, readIfThere, replaceFile } from "../base/files";
import { withLock } from "../base/lock";
import { inClusterConnection, KubeApi } from "../base/kubernetes/api";
import { serveClusters } from "../base/kubernetes/clusters";
import { type CourseBudget, courseBudgets, keepBudgets } from "./budgets";
import { ledgerMetrics } from "./metrics";
import { Recorder } from "./recorder";
import { LedgerStore } from "./store";
import { Surroundings } from "./surroundings";

/** How often budgets are looked at. */
const BUDGET_MS = 2_000;
/** Silence after which the recorder calls itself unwell: bookmarks come once a minute. */
const BEHIND_MS = 180_000;
/** File beside the ledger: when nothing was missed for the last time, and how the courses stand. */
const STATE_FILE = "recorder.json";

function log(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
}

/** The recorder as a program: one cluster, its ledger, and metrics over HTTP. */
class Service {
  private recorder: Recorder | undefined;
  private surroundings: Surroundings | undefined;
  private contact: number;

  constructor(
    private readonly dir: string,
    private readonly store: LedgerStore,
  ) {
    this.contact =
      Date.parse((JSON.parse(readIfThere(this.file()) ?? "{}") as { contact?: string }).contact ?? "") || 0;
  }

  async record(api: KubeApi, signal: AbortSignal): Promise<void> {
    const surroundings = new Surroundings(api);
    const recorder = new Recorder({ api, store: this.store, surroundings, log, lastContact: this.contact });
    this.surroundings = surroundings;
    this.recorder = recorder;
    const ended = new AbortController();
    const both = AbortSignal.any([signal, ended.signal]);
    let work: Promise<unknown> = Promise.resolve();
    const start = (): void => {
      work = Promise.all([recorder.run(both), this.budgets(api, both)]).finally(() => ended.abort());
      // Told where it is waited for.
      work.catch(() => undefined);
    };
    await surroundings.run(both, start, (error) => log(error.message));
    await work;
    this.contact = recorder.contact;
  }

  serve(address: string, port: number): Server {
    const registry = ledgerMetrics(() => ({ ...this.state(), rows: this.store.rows, now: Date.now() }));
    return createServer((request, response) => {
      if (request.url === "/metrics") {
        registry.metrics().then(
          (text) => response.setHeader("content-type", registry.contentType).end(text),
          (error: unknown) => response.writeHead(500).end(String(error)),
        );
      } else if (request.url === "/healthz") {
        const behind = Date.now() - (this.recorder?.contact ?? 0);
        response.writeHead(behind < BEHIND_MS ? 200 : 503).end(behind < BEHIND_MS ? "ok\n" : "behind\n");
      } else response.writeHead(404).end();
    }).listen(port, address);
  }

  private state() {
    const courses = this.surroundings?.courses() ?? [];
    return {
      budgets: courseBudgets(courses, this.store.rows, Date.now()),
      pending: this.recorder?.pending ?? 0,
      contact: this.recorder?.contact ?? this.contact,
    };
  }

  private async budgets(api: KubeApi, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { budgets, contact } = this.state();
      try {
        replaceFile(
          this.file(),
          `${JSON.stringify({ contact: new Date(contact).toISOString(), budgets }, undefined, 2)}\n`,
        );
        await keepBudgets(api, this.surroundings?.courses() ?? [], budgets, new Date());
      } catch (error) {
        log(`budgets: ${(error as Error).message}`);
      }
      // The distance between looks.
      await sleep(BUDGET_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private file(): string {
    return join(this.dir, STATE_FILE);
  }
}

/** How the recorder is run. */
export interface RecorderService {
  /** Folder of the ledger; made with mode 0700. */
  readonly dir: string;
  /** Default: the ServiceAccount of the pod that this runs in. */
  readonly kubeconfig?: string | undefined;
  /** Where metrics and health are served. Default: nowhere. */
  readonly listen?: { readonly address: string; readonly port: number } | undefined;
}

/**
 * Records until the signal comes. One recorder writes a ledger: another one waits until the first has ended.
 * @throws {Error} if the ledger cannot be read or written
 */
export async function serveLedger(options: RecorderService, signal: AbortSignal): Promise<void> {
  const { dir } = options;
  privateFolder(dir);
  await withLock(join(dir, ".lock"), () => serveLocked(options, signal), { signal });
}

async function serveLocked({ dir, kubeconfig, listen }: RecorderService, signal: AbortSignal): Promise<void> {
  const store = new LedgerStore(dir);
  const service = new Service(dir, store);
  const server = listen && service.serve(listen.address, listen.port);
  if (server) await once(server, "listening");
  const record = (api: KubeApi, ended: AbortSignal): Promise<void> => service.record(api, ended);
  try {
    if (kubeconfig === undefined) await record(new KubeApi(inClusterConnection()), signal);
    else await serveClusters(kubeconfig, signal, log, record);
  } finally {
    server?.close();
    server?.closeAllConnections();
    store.close();
  }
}

/** What the recorder writes beside the ledger: how the courses stand. None where no recorder has run. */
export function readBudgets(dir: string): readonly CourseBudget[] {
  const text = readIfThere(join(dir, STATE_FILE));
  return text === undefined ? [] : (JSON.parse(text) as { budgets: CourseBudget[] }).budgets;
}
