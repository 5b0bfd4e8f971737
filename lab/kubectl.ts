import type { Toolbox } from "../toolchain/resolve";
import { run } from "../base/run";

/** A Kubernetes object as kubectl prints it. */
export interface KubeObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly creationTimestamp?: string;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** kubectl with one person's kubeconfig. */
export class Kubectl {
  constructor(
    private readonly toolbox: Toolbox,
    private readonly kubeconfig: string,
  ) {}

  /** @throws {Error} with what kubectl said */
  async run(...args: readonly string[]): Promise<string> {
    const { stdout } = await run([this.toolbox.path("kubectl"), `--kubeconfig=${this.kubeconfig}`, ...args]);
    return stdout;
  }

  async get(...args: readonly string[]): Promise<KubeObject> {
    return JSON.parse(await this.run("get", ...args, "-o", "json")) as KubeObject;
  }

  async list(...args: readonly string[]): Promise<KubeObject[]> {
    return (JSON.parse(await this.run("get", ...args, "-o", "json")) as { items: KubeObject[] }).items;
  }

  /** What kubectl says when it is refused, or undefined if it is not. */
  async refusal(...args: readonly string[]): Promise<string | undefined> {
    try {
      await this.run(...args);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }
}
