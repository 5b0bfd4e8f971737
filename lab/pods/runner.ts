import { rmSync } from "node:fs";
import { join } from "node:path";
import { ProcessFolder } from "../../base/processes";
import { LoopbackAddresses } from "./addresses";
import type { KubeApi } from "../../base/kubernetes/api";
import { programFor } from "./command";
import type { PodRunnerConfig, Program } from "./config";
import { Informer } from "../../base/kubernetes/informer";
import type { KubeObject } from "../../base/kubernetes/objects";
import type { ConfigMap, EndpointSlice, Node, Pod, Secret, Service } from "./objects";
import { ServiceForwarder, wantedServices } from "./services";
import { PodWorker, type WorkerContext } from "./worker";

/** The runner's collections in one namespace. */
interface NamespaceView {
  readonly pods: Informer<Pod>;
  readonly configMaps: Informer<ConfigMap>;
  readonly secrets: Informer<Secret>;
  readonly services: Informer<Service>;
  readonly slices: Informer<EndpointSlice>;
}

/** Annotation that marks a node as kept alive by kwok. */
const FAKE_NODE = ["kwok.x-k8s.io/node", "fake"] as const;

/** The program of a pod that is the runner's: bound to a fake node, its image in the table. Undefined: not its own. */
export function ownProgram(
  pod: Pod,
  node: Node | undefined,
  programs: readonly Program[],
): Program | undefined {
  if (node?.metadata.annotations?.[FAKE_NODE[0]] !== FAKE_NODE[1]) return undefined;
  const image = pod.spec.containers[0]?.image;
  return image === undefined ? undefined : programFor(image, programs);
}

/**
 * Stops what a daemon that died left running, and gives back its addresses. Idempotent.
 * @param dir The daemon's folder (`dir` of its configuration).
 */
export async function clearLeftovers(dir: string): Promise<void> {
  await new ProcessFolder(join(dir, "run")).stopAll();
  await new LoopbackAddresses(join(dir, "addresses.json")).removeAll();
  rmSync(join(dir, "pods"), { recursive: true, force: true });
}

/** Runs the pods of one cluster until told to stop. */
export class PodRunner {
  private readonly views = new Map<string, NamespaceView>();
  private readonly nodes: Informer<Node>;
  private readonly workers = new Map<string, { readonly worker: PodWorker; readonly done: Promise<void> }>();
  private readonly context: WorkerContext;
  private readonly forwarder: ServiceForwarder;
  private readonly stopping = new AbortController();
  private applying: Promise<void> = Promise.resolve();
  private scheduled = false;

  constructor(
    private readonly api: KubeApi,
    private readonly config: PodRunnerConfig,
    private readonly log: (line: string) => void,
  ) {
    const addresses = new LoopbackAddresses(join(config.dir, "addresses.json"));
    this.nodes = this.informer<Node>("/api/v1/nodes");
    for (const namespace of config.namespaces) {
      const core = `/api/v1/namespaces/${namespace}`;
      this.views.set(namespace, {
        pods: this.informer(`${core}/pods`),
        configMaps: this.informer(`${core}/configmaps`),
        secrets: this.informer(`${core}/secrets`),
        services: this.informer(`${core}/services`),
        slices: this.informer(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`),
      });
    }
    this.forwarder = new ServiceForwarder(addresses, log);
    this.context = {
      api,
      config,
      log,
      addresses,
      processes: new ProcessFolder(join(config.dir, "run")),
      sources: (namespace) => ({
        configMap: (name) => this.views.get(namespace)?.configMaps.get(name),
        secret: (name) => this.views.get(namespace)?.secrets.get(name),
      }),
      hostAddress: (node) =>
        this.nodes.get(node)?.status?.addresses?.find((a) => a.type === "InternalIP")?.address,
    };
  }

  /** Ends with the signal, after every program has ended and every address is given back. */
  async run(signal: AbortSignal): Promise<void> {
    const views = [...this.views.values()].flatMap((v) => Object.values(v) as Informer<KubeObject>[]);
    await Promise.all([this.nodes, ...views].map((i) => i.run(signal)));
    this.stopping.abort();
    await Promise.all([...this.workers.values()].map((w) => w.done));
    await this.applying;
    await this.forwarder.close();
  }

  private informer<T extends KubeObject>(path: string): Informer<T> {
    return new Informer<T>(
      this.api,
      path,
      () => this.schedule(),
      (error) => this.log(`${path}: ${error.message}`),
    );
  }

  /** Many changes come at once; one look at the whole answers them all. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      if (this.stopping.signal.aborted) return;
      this.reconcilePods();
      this.applying = this.applying.then(() => this.reconcileServices());
    });
  }

  private reconcilePods(): void {
    const views = [...this.views.values()];
    if (!this.nodes.synced || !views.every((v) => v.pods.synced)) return;
    const pods = new Map(views.flatMap((v) => v.pods.list()).map((p) => [p.metadata.uid, p]));
    for (const [uid, { worker }] of this.workers) {
      const pod = pods.get(uid);
      if (pod) worker.update(pod);
      else worker.remove();
    }
    for (const [uid, pod] of pods) {
      if (this.workers.has(uid)) continue;
      const program = ownProgram(pod, this.nodes.get(pod.spec.nodeName ?? ""), this.config.programs);
      if (!program) continue;
      const worker = new PodWorker(this.context, program, pod);
      const done = worker.run(this.stopping.signal).finally(() => this.workers.delete(uid));
      this.workers.set(uid, { worker, done });
    }
  }

  private async reconcileServices(): Promise<void> {
    const views = [...this.views.values()];
    if (!views.every((v) => v.services.synced && v.slices.synced)) return;
    const wanted = wantedServices(
      views.flatMap((v) => v.services.list()),
      views.flatMap((v) => v.slices.list()),
    );
    await this.forwarder.apply(wanted);
  }
}
