import { createHash } from "node:crypto";
import { type Context, PartialFailure, type ResourceKind } from "../../../base/provider";
import { ApiError, ifThere, KubeApi, parseKubeconfig } from "../../../base/kubernetes/api";
import { objectPath } from "../../../base/kubernetes/resource-paths";
import { waitFor } from "../../../base/wait";
import {
  type KubernetesObjectsInputs,
  kubernetesObjectsInputsSchema,
  type KubernetesObjectsOutputs,
} from "../contract/kubernetes-objects";

type Objects = KubernetesObjectsInputs["objects"];
/** Calls at once: what an API server takes from one client without queueing. */
const AT_ONCE = 16;
/** How long an object that must be made anew may take to go. */
const GONE_MS = 60_000;

/** Many objects of a cluster, each written by server-side apply. */
export const kubernetesObjects: ResourceKind<KubernetesObjectsInputs, KubernetesObjectsOutputs> = {
  inputs: kubernetesObjectsInputsSchema,
  secrets: [["kubeconfig"]],

  drift: ({ objects }, inputs) =>
    Object.keys(inputs.objects)
      .filter((key) => !(key in objects))
      .map((key) => ["objects", key]),

  create: async (inputs, context) => {
    const id = idOf(inputs.objects);
    return { id, outputs: await converge(id, {}, inputs, context) };
  },

  async read({ inputs, outputs }) {
    const there = await withApi(inputs.kubeconfig, (api) =>
      all(Object.entries(outputs.objects), async ([key, object]) =>
        (await exists(api, object)) ? [[key, object] as const] : [],
      ),
    );
    return { inputs, outputs: { ...outputs, objects: Object.fromEntries(there.flat()) } };
  },

  update: ({ id, outputs }, inputs, context) => converge(id, outputs.objects, inputs, context),

  async delete({ outputs }) {
    await withApi(outputs.kubeconfig, (api) =>
      all(Object.values(outputs.objects), (object) => remove(api, object)),
    );
  },
};

/** Writes what differs from what is recorded, and removes what is not wanted any more. */
async function converge(
  id: string,
  recorded: Objects,
  inputs: KubernetesObjectsInputs,
  context: Context,
): Promise<KubernetesObjectsOutputs> {
  const done: Record<string, Objects[string]> = { ...recorded };
  const changed = Object.entries(inputs.objects).filter(([key, o]) => !same(recorded[key], o));
  const written = new Set(Object.values(inputs.objects).map(objectPath));
  const gone = Object.entries(recorded).filter(([key, o]) => {
    const now = inputs.objects[key];
    return now === undefined || objectPath(now) !== objectPath(o);
  });
  try {
    await withApi(inputs.kubeconfig, async (api) => {
      await all(gone, async ([key, object]) => {
        if (!written.has(objectPath(object))) await remove(api, object);
        Reflect.deleteProperty(done, key);
      });
      await all(changed, async ([key, object]) => {
        if (context.signal.aborted) throw new Error("cancelled");
        await write(api, object);
        done[key] = object;
      });
    });
  } catch (error) {
    throw new PartialFailure(id, { ...inputs, objects: done }, error as Error);
  }
  return { ...inputs, objects: done };
}

async function write(api: KubeApi, object: Objects[string]): Promise<void> {
  try {
    await api.apply(objectPath(object), object);
  } catch (error) {
    // What cannot be changed is made anew, like a claim whose size changed; what it stands for lies elsewhere.
    if (!(error instanceof ApiError && error.status === 422 && (await exists(api, object)))) throw error;
    await remove(api, object);
    await waitFor(
      `${object.kind} ${object.metadata.name} is gone`,
      async () => !(await exists(api, object)) || undefined,
      {
        timeout: GONE_MS,
      },
    );
    await api.apply(objectPath(object), object);
  }
}

async function exists(api: KubeApi, object: Objects[string]): Promise<boolean> {
  return (await ifThere(api.get(objectPath(object)))) !== undefined;
}

async function remove(api: KubeApi, object: Objects[string]): Promise<void> {
  const options = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Background" };
  await ifThere(api.delete(objectPath(object), options));
}

async function withApi<T>(kubeconfig: string, work: (api: KubeApi) => Promise<T>): Promise<T> {
  const api = new KubeApi(parseKubeconfig(kubeconfig));
  try {
    return await work(api);
  } finally {
    api.close();
  }
}

/** Works on all items, some at once. After a failure no other is begun, and those under way are waited for. */
async function all<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const failures: unknown[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [i, item] of queue) {
      if (failures.length > 0) return;
      try {
        results[i] = await work(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}

function same(a: Objects[string] | undefined, b: Objects[string]): boolean {
  return a !== undefined && canonical(a) === canonical(b);
}

/** JSON with sorted keys: the engine gives properties back in an order of its own. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, v: unknown) =>
    v !== null && typeof v === "object" && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );
}

function idOf(objects: Objects): string {
  return createHash("sha256").update(canonical(objects)).digest("hex").slice(0, 16);
}
