import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { privateFolder } from "../../base/files";
import type { ProcessFolder } from "../../base/processes";
import type { LoopbackAddresses } from "./addresses";
import { type KubeApi, unlessStatus } from "../../base/kubernetes/api";
import { adaptScript, containerCommand, containerEnv } from "./command";
import type { PodRunnerConfig, Program } from "./config";
import { PodIdentity } from "./identity";
import type { Container, Pod } from "./objects";
import { answers, readinessProbe } from "./readiness";
import { Shim } from "./shim";
import { podStatus, type Observed } from "./status";
import { VolumeNotReady, containerMounts, wantedVolumes, writeVolumes, type VolumeSources } from "./volumes";

const UNREADY_POLL_MS = 100;
const READY_POLL_MS = 500;
const FIRST_BACKOFF_MS = 1_000;
const LAST_BACKOFF_MS = 30_000;
/** A run of this length counts as healthy: the next backoff is the first again. */
const HEALTHY_MS = 60_000;
/** What a program gets to end when the daemon itself is to stop. */
const SHUTDOWN_GRACE_MS = 5_000;

/** What all workers share. */
export interface WorkerContext {
  readonly api: KubeApi;
  readonly config: PodRunnerConfig;
  readonly processes: ProcessFolder;
  readonly addresses: LoopbackAddresses;
  sources(namespace: string): VolumeSources;
  /** InternalIP of a node. */
  hostAddress(node: string): string | undefined;
  log(line: string): void;
}

/** Runs one pod, from its binding to its end: a serial loop that is woken by changes. */
export class PodWorker {
  private readonly dir: string;
  private readonly shim: Shim;
  private readonly identity: PodIdentity;
  private address: string | undefined;
  private startedAt: number | undefined;
  private restarts = 0;
  private backoff = FIRST_BACKOFF_MS;
  private notBefore = 0;
  private reported = "";
  private over = false;
  private gone = false;
  private wake: () => void = () => undefined;
  private woken = false;

  constructor(
    private readonly context: WorkerContext,
    private readonly program: Program,
    private pod: Pod,
  ) {
    this.dir = join(context.config.dir, "pods", pod.metadata.uid);
    this.identity = new PodIdentity(context.api, join(this.dir, "identity"));
    this.shim = new Shim(context.processes, pod.metadata.uid, join(this.dir, "exit"));
  }

  /** The pod has changed, or something that it may need. */
  update(pod = this.pod): void {
    this.pod = pod;
    this.woken = true;
    this.wake();
  }

  /** The pod is no more. */
  remove(): void {
    this.gone = true;
    this.update();
  }

  /** Ends when the pod is no more, or with the signal; in both cases its program has ended and its address is free. */
  async run(signal: AbortSignal): Promise<void> {
    const onAbort = (): void => this.update();
    signal.addEventListener("abort", onAbort);
    let complaint = "";
    try {
      while (!signal.aborted && !this.gone) {
        try {
          await this.pause(await this.step());
          complaint = "";
        } catch (error) {
          const message = (error as Error).message;
          if (message !== complaint) this.context.log(`${this.title}: ${message}`);
          complaint = message;
          await this.pause(READY_POLL_MS);
        }
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      await this.cleanUp(SHUTDOWN_GRACE_MS);
    }
  }

  /** @returns milliseconds until the next look; undefined: only when woken */
  private async step(): Promise<number | undefined> {
    const { metadata, status } = this.pod;
    if (metadata.deletionTimestamp !== undefined) {
      await this.cleanUp((metadata.deletionGracePeriodSeconds ?? 30) * 1000);
      await this.confirmDeletion();
      return undefined;
    }
    if (this.over || status?.phase === "Succeeded" || status?.phase === "Failed") {
      await this.cleanUp(0);
      return undefined;
    }
    const prepared = await this.prepare();
    if (prepared !== undefined) return prepared;
    if (!this.shim.running) {
      const pause = this.startedAt === undefined ? undefined : await this.ended(this.startedAt);
      if (pause === "over") return 0;
      const wait = this.notBefore - Date.now();
      if (wait > 0) return wait;
      this.start();
    }
    return await this.observe();
  }

  /** Volumes, identity, address. @returns a pause if something is missing yet */
  private async prepare(): Promise<number | undefined> {
    const { context, pod } = this;
    try {
      if (pod.spec.containers.length !== 1 || pod.spec.initContainers?.length) {
        throw new Error("only pods of one container are supported");
      }
      writeVolumes(this.volumes());
    } catch (error) {
      const reason = error instanceof VolumeNotReady ? "ContainerCreating" : "CreateContainerConfigError";
      await this.report({ kind: "waiting", reason, message: (error as Error).message });
      return READY_POLL_MS;
    }
    await this.identity.ensure(pod);
    this.address ??= await context.addresses.addFrom(context.config.addresses);
    return undefined;
  }

  private start(): void {
    const { context, program, pod } = this;
    const container = pod.spec.containers[0] as Container;
    const address = this.address as string;
    const mounts = containerMounts(pod, this.volumes());
    const [cwd, tmp] = [join(this.dir, "cwd"), join(this.dir, "tmp")];
    for (const dir of [cwd, tmp]) privateFolder(dir);
    const { kubeconfig } = this.identity;
    const { argv, script } = containerCommand({
      program,
      container,
      mounts,
      kubeconfig,
      address,
      scripts: this.dir,
    });
    if (script) {
      const text = adaptScript(readFileSync(script.from, "utf8"), script.replace, tmp);
      writeFileSync(script.to, text, { mode: 0o600 });
    }
    this.shim.start({
      argv,
      cwd,
      env: {
        ...containerEnv(pod, container, mounts, address),
        PATH: [...context.config.path, process.env["PATH"] ?? ""].join(delimiter),
        KUBECONFIG: kubeconfig,
        HOME: cwd,
        TMPDIR: tmp,
      },
      logFile: join(context.config.logs, `${pod.metadata.namespace}_${pod.metadata.name}.log`),
    });
    this.startedAt = Date.now();
    context.log(`${this.title}: started at ${address}`);
  }

  /** The run has ended: the pod is over, or the next run waits for its backoff. */
  private async ended(startedAt: number): Promise<"over" | "again"> {
    const code = this.shim.exitCode;
    const policy = this.pod.spec.restartPolicy ?? "Always";
    this.context.log(`${this.title}: ended with status ${code}`);
    if (policy === "Never" || (policy === "OnFailure" && code === 0)) {
      const times = { startedAt: isoSeconds(startedAt), finishedAt: isoSeconds(Date.now()) };
      await this.report({ kind: "ended", code, ...times });
      this.over = true;
      return "over";
    }
    if (Date.now() - startedAt > HEALTHY_MS) this.backoff = FIRST_BACKOFF_MS;
    this.notBefore = Date.now() + this.backoff;
    this.backoff = Math.min(this.backoff * 2, LAST_BACKOFF_MS);
    this.restarts++;
    this.startedAt = undefined;
    await this.report({ kind: "waiting", reason: "CrashLoopBackOff", message: `ended with status ${code}` });
    return "again";
  }

  private async observe(): Promise<number> {
    const probe = readinessProbe(this.pod.spec.containers[0] as Container, this.program);
    const ready = probe === undefined || (await answers(this.address as string, probe));
    await this.report({ kind: "running", startedAt: isoSeconds(this.startedAt ?? Date.now()), ready });
    return ready ? READY_POLL_MS : UNREADY_POLL_MS;
  }

  private async report(state: Observed["state"]): Promise<void> {
    const { metadata, spec } = this.pod;
    const hostAddress = this.context.hostAddress(spec.nodeName ?? "");
    const observed: Observed = {
      state,
      restarts: this.restarts,
      ...(this.address === undefined ? {} : { address: this.address }),
      ...(hostAddress === undefined ? {} : { hostAddress }),
    };
    const key = JSON.stringify(observed);
    if (key === this.reported) return;
    const status = podStatus(this.pod, observed, isoSeconds(Date.now()));
    // The uid makes sure that a later pod of the same name is not meant.
    const body = { metadata: { uid: metadata.uid }, status };
    await this.context.api.patch(`${this.path}/status`, body);
    this.reported = key;
  }

  private volumes(): ReturnType<typeof wantedVolumes> {
    const { metadata, spec } = this.pod;
    const node = join(this.context.config.dir, "nodes", spec.nodeName ?? "");
    return wantedVolumes(this.pod, this.context.sources(metadata.namespace ?? ""), this.dir, node);
  }

  private async cleanUp(graceMs: number): Promise<void> {
    await this.shim.stop(graceMs);
    if (this.address !== undefined) await this.context.addresses.remove(this.address);
    this.address = undefined;
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** The last word on a pod that ends is its node's: only now does the object go. */
  private async confirmDeletion(): Promise<void> {
    const { uid } = this.pod.metadata;
    // Gone already, or another pod of that name.
    await unlessStatus(
      [404, 409],
      this.context.api.delete(this.path, { gracePeriodSeconds: 0, preconditions: { uid } }),
    );
    this.context.log(`${this.title}: deleted`);
  }

  /** Until woken or the time has passed. */
  private pause(ms: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(() => this.wake(), ms);
      this.wake = (): void => {
        clearTimeout(timer);
        this.woken = false;
        this.wake = (): void => undefined;
        resolve();
      };
      if (this.woken) this.wake();
    });
  }

  private get title(): string {
    return `pod ${this.pod.metadata.namespace}/${this.pod.metadata.name}`;
  }

  private get path(): string {
    return `/api/v1/namespaces/${this.pod.metadata.namespace}/pods/${this.pod.metadata.name}`;
  }
}

/** Times of Kubernetes objects have no fractions (RFC 3339, metav1.Time). */
function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
