import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { type KubeApi } from "../base/kubernetes/api";
import { interrupted } from "./interrupts";

const LOOK_MS = 30_000;

interface Options {
  readonly kubeconfig: string;
  readonly watch?: true;
  readonly at?: string;
}

/** `lectern timetable`: raises the guarantees of courses before their classes, and lowers them after. */
export function addTimetableCommands(program: Command): void {
  program
    .command("timetable")
    .description("set each course's guarantee as its timetable says for now")
    .requiredOption("--kubeconfig <file>", "of the cluster's administrator")
    .option("--watch", "go on, looking every half minute, until told to end")
    .option("--at <moment>", "as if it were this moment (RFC 3339). Default: now")
    .action(async ({ kubeconfig, watch, at }: Options) => {
      const { KubeApi, parseKubeconfig } =
        require("../base/kubernetes/api") as typeof import("../base/kubernetes/api");
      const api = new KubeApi(parseKubeconfig(readFileSync(kubeconfig, "utf8")));
      try {
        await once(api, at);
        while (watch && !interrupted.aborted) {
          await sleep(LOOK_MS, undefined, { signal: interrupted }).catch(() => undefined);
          // A control plane that is away for a while is looked for again: guarantees stay as they are meanwhile.
          if (!interrupted.aborted) await once(api, at).catch((error: Error) => tell(error.message));
        }
      } finally {
        api.close();
      }
    });
}

async function once(api: KubeApi, at: string | undefined): Promise<void> {
  const moment = at === undefined ? new Date() : new Date(at);
  if (Number.isNaN(moment.getTime())) {
    const { UsageError } = require("./failure") as typeof import("./failure");
    throw new UsageError(`--at ${at}: not a moment such as 2026-10-05T10:00:00Z`);
  }
  const { applyTimetables } =
    require("../components/timetable-controller") as typeof import("../components/timetable-controller");
  for (const { queue, from, to } of await applyTimetables(api, moment)) {
    process.stdout.write(`${queue}: guarantee ${from} → ${to} GPUs\n`);
  }
}

function tell(message: string): void {
  process.stderr.write(`lectern: ${message}\n`);
}
