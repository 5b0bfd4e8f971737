import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { type KubeApi } from "../base/kubernetes/api";
import { interrupted } from "./interrupts";

const LOOK_MS = 30_000;

interface Options {
  readonly kubeconfig?: string;
  readonly watch?: true;
  readonly at?: string;
}

/** `lectern timetable`: raises the guarantees of courses before their classes, and lowers them after. */
export function addTimetableCommands(program: Command): void {
  const timetable = program
    .command("timetable")
    .description(
      "set each course's guarantee as its timetable says for now, and pull images ahead of classes",
    )
    .option("--kubeconfig <file>", "of the cluster's administrator")
    .option("--watch", "go on, looking every half minute, until told to end")
    .option("--at <moment>", "as if it were this moment (RFC 3339). Default: now")
    .action(async ({ watch, at, ...options }: Options) => {
      const kubeconfig = required(options);
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
  timetable
    .command("unit")
    .description("print a unit file for systemd that keeps `lectern timetable --watch` running")
    .action((_options: unknown, command: Command) => {
      const kubeconfig = resolve(required(command.optsWithGlobals<Options>()));
      const { serviceUnit } = require("../base/service-unit") as typeof import("../base/service-unit");
      const program = resolve(__dirname, "../bin/lectern.js");
      const words = [process.execPath, program, "timetable", "--watch", "--kubeconfig", kubeconfig];
      process.stdout.write(serviceUnit("Lectern's timetables of courses", words));
    });
}

function required({ kubeconfig }: Pick<Options, "kubeconfig">): string {
  if (kubeconfig !== undefined) return kubeconfig;
  const { UsageError } = require("./failure") as typeof import("./failure");
  throw new UsageError("--kubeconfig <file> is missing: that of the cluster's administrator");
}

async function once(api: KubeApi, at: string | undefined): Promise<void> {
  const moment = at === undefined ? new Date() : new Date(at);
  if (Number.isNaN(moment.getTime())) {
    const { UsageError } = require("./failure") as typeof import("./failure");
    throw new UsageError(`--at ${at}: not a moment such as 2026-10-05T10:00:00Z`);
  }
  const { applyTimetables } =
    require("../components/timetable-controller") as typeof import("../components/timetable-controller");
  const { guarantees, prepulls } = await applyTimetables(api, moment);
  for (const { queue, from, to } of guarantees) {
    process.stdout.write(`${queue}: guarantee ${from} → ${to} GPUs\n`);
  }
  for (const { course, images, machines, done } of prepulls) {
    const where =
      done === undefined ? `${machines} machines` : `${machines} machines, done on ${done} and ended`;
    process.stdout.write(`${course}: pulling its images (${images}) onto ${where}\n`);
  }
}

function tell(message: string): void {
  process.stderr.write(`lectern: ${message}\n`);
}
