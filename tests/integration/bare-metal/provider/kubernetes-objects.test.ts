import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Context, PartialFailure } from "../../../../base/provider";
import { kubernetesObjects } from "../../../../bare-metal/provider/resources/kubernetes-objects";
import { KubeApi, parseKubeconfig } from "../../../../base/kubernetes/api";
import type { KubeObject } from "../../../../base/kubernetes/objects";
import { Cluster } from "../../../fixtures/policies/cluster";

const context: Context = {
  signal: new AbortController().signal,
  hasSecrets: true,
  info: () => undefined,
  warn: () => undefined,
  status: () => undefined,
};
const account = (name: string, labels: Record<string, string> = {}) => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name, namespace: "default", labels },
});
const claim = (size: string) => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "home", namespace: "default" },
  spec: { accessModes: ["ReadWriteMany"], storageClassName: "", resources: { requests: { storage: size } } },
});

describe("KubernetesObjects", function () {
  this.timeout(180_000);
  let cluster: Cluster;
  let api: KubeApi;
  let kubeconfig: string;
  before(async () => {
    cluster = await Cluster.start("127.89.7.1");
    kubeconfig = readFileSync(join(cluster.dir, "admin.kubeconfig"), "utf8");
    api = new KubeApi(parseKubeconfig(kubeconfig));
  });
  after(async () => {
    api.close();
    await cluster.stop();
  });

  const versions = async (): Promise<Record<string, string>> => {
    const { items } = await api.get<{ items: KubeObject[] }>("/api/v1/namespaces/default/serviceaccounts");
    return Object.fromEntries(
      items
        .filter((o) => o.metadata.name !== "default")
        .map((o) => [o.metadata.name, o.metadata.resourceVersion]),
    );
  };
  const inputs = (objects: Record<string, ReturnType<typeof account>>) => ({ kubeconfig, objects });
  const update = (
    recorded: Awaited<ReturnType<typeof kubernetesObjects.create>>,
    next: ReturnType<typeof inputs>,
  ) => kubernetesObjects.update?.({ ...recorded, inputs: recorded.outputs }, next, context) ?? assert.fail();

  it("writes many, and touches in an update those alone that changed, came or went", async () => {
    const names = Array.from({ length: 40 }, (_, i) => `student-${i}`);
    const all = Object.fromEntries(names.map((n) => [n, account(n)]));
    const made = await kubernetesObjects.create(inputs(all), context);
    const before = await versions();
    assert.deepEqual(Object.keys(before).sort(), [...names].sort());

    const rest = Object.fromEntries(Object.entries(all).filter(([name]) => name !== "student-7"));
    const next = inputs({
      ...rest,
      "student-9": account("student-9", { a: "b" }),
      new: account("student-new"),
    });
    const outputs = await update(made, next);
    const now = await versions();
    const changed = Object.keys({ ...before, ...now }).filter((n) => before[n] !== now[n]);
    assert.deepEqual(changed.sort(), ["student-7", "student-9", "student-new"]);
    assert.deepEqual(Object.keys(outputs.objects).sort(), Object.keys(next.objects).sort());

    await kubernetesObjects.delete?.({ ...made, inputs: outputs, outputs }, context);
    assert.deepEqual(await versions(), {});
  });

  it("takes over what a killed create left, and tells what is gone", async () => {
    const wanted = inputs({ ada: account("ada"), ben: account("ben") });
    await api.post("/api/v1/namespaces/default/serviceaccounts", account("ada"));
    const made = await kubernetesObjects.create(wanted, context);
    await api.delete("/api/v1/namespaces/default/serviceaccounts/ben", {});
    const read = await kubernetesObjects.read?.({ ...made, inputs: wanted }, context);
    assert.deepEqual(Object.keys(read?.outputs.objects ?? {}), ["ada"]);
    assert.deepEqual(kubernetesObjects.drift?.(read?.outputs ?? assert.fail(), wanted), [["objects", "ben"]]);
    await update({ id: made.id, outputs: read?.outputs ?? assert.fail() }, wanted);
    assert.deepEqual(Object.keys(await versions()).sort(), ["ada", "ben"]);
    await kubernetesObjects.delete?.({ ...made, inputs: wanted }, context);
  });

  it("records what was done when one is refused, so that the next update does the rest", async () => {
    const bad = account("Not A Name");
    const failure: unknown = await kubernetesObjects
      .create(inputs({ ada: account("ada"), bad }), context)
      .catch((error: unknown) => error);
    assert.ok(failure instanceof PartialFailure);
    assert.match(failure.message, /Not A Name|Not%20A%20Name/);
    const outputs = failure.outputs as ReturnType<typeof inputs>;
    assert.ok(!("bad" in outputs.objects));
    await update({ id: failure.id, outputs }, inputs({ ada: account("ada"), ben: account("ben") }));
    assert.deepEqual(Object.keys(await versions()).sort(), ["ada", "ben"]);
  });

  it("makes anew what cannot be changed", async () => {
    const made = await kubernetesObjects.create({ kubeconfig, objects: { home: claim("1Gi") } }, context);
    const path = "/api/v1/namespaces/default/persistentvolumeclaims/home";
    const before = await api.get<KubeObject>(path);
    await update(made, { kubeconfig, objects: { home: claim("2Gi") } } as never);
    const now = await api.get<KubeObject & { spec: ReturnType<typeof claim>["spec"] }>(path);
    assert.notEqual(now.metadata.uid, before.metadata.uid);
    assert.equal(now.spec.resources.requests.storage, "2Gi");
  });
});
