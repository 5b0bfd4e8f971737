import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { silentProgress, type Progress } from "../base/progress";
import { buildNodeImage, imageInputs, type NodeImageOptions } from "../images/node/build";
import { SUITE } from "../images/node/packages";
import { Cache, contentKey } from "./cache";
import { ensurePackages } from "./debian";
import { pins } from "./pins";
import { ensureTools } from "./resolve";

export interface EnsureNodeImage extends Pick<NodeImageOptions, "kernel" | "layers" | "mirror"> {
  /** Default: silent. */
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  /** Build it although it is there, to take up newer packages of the mirror. Default: false. */
  readonly fresh?: boolean;
}

/**
 * The node image made from these inputs, unsigned: from the cache, else built, which takes some minutes. As root.
 * @returns the folder with kernel, initrd, root and manifest.json
 */
export async function ensureNodeImage(options: EnsureNodeImage = {}): Promise<string> {
  const { progress = silentProgress, signal, fresh = false, ...choice } = options;
  const call = { progress, ...(signal ? { signal } : {}) };
  const { kernel = "server", layers = [] } = choice;
  const nvidia = layers.includes("nvidia");
  await ensurePackages(nvidia ? ["node", "nvidia"] : ["node"], call);
  const kubernetes = await nodePrograms(call);
  const programs = { kubernetes, ...(nvidia && { nvidia: await nvidiaPrograms(call) }) };
  const inputs = await imageInputs({ ...choice, ...programs });
  const id = `images/node-${[kernel, ...layers].join("-")}-${contentKey(inputs)}`;
  const cache = new Cache();
  const found = cache.find(id);
  if (found && !fresh) return found.dir;
  return progress.step(`build node image (${[`${kernel} kernel`, ...layers].join(", ")})`, (note) =>
    cache.locked(
      `node-image-${kernel}`,
      () => {
        // Another process may have built it while this one waited.
        const built = cache.find(id);
        if (built && !fresh) return Promise.resolve(built.dir);
        if (fresh) cache.remove(id);
        return cache.inTemporary(async (scratch) => {
          mkdirSync(join(scratch, "work"));
          return cache.publish(id, { from: `Debian ${SUITE}`, source: "debian" }, async (out) => {
            await buildNodeImage({
              ...choice,
              ...programs,
              out,
              scratch: join(scratch, "work"),
              note,
              ...(signal ? { signal } : {}),
            });
          });
        });
      },
      { onWait: note, ...(signal ? { signal } : {}) },
    ),
  );
}

/** The programs that make a node of Kubernetes of it. */
export async function nodePrograms(
  options: Parameters<typeof ensureTools>[1] = {},
): Promise<NodeImageOptions["kubernetes"]> {
  const names = ["kubelet", "kube-proxy", "network-policies", "coredns"] as const;
  const tools = await ensureTools(names, options);
  const version = pins.tools["kubelet"]?.version ?? "";
  return { version, programs: names.map((name) => tools.path(name)) };
}

/** NVIDIA's container toolkit: what the layer of that name takes beside Debian's packages. */
async function nvidiaPrograms(
  options: Parameters<typeof ensureTools>[1],
): Promise<NonNullable<NodeImageOptions["nvidia"]>> {
  const names = ["nvidia-ctk", "nvidia-container-runtime", "nvidia-cdi-hook"] as const;
  const tools = await ensureTools(names, options);
  return names.map((name) => tools.path(name));
}
