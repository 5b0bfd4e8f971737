import { wholeObject } from "../requirement";
import type { PolicyObject, Rule } from "../rule";
import { object } from "./examples";
import { kubernetes } from "./sources";

interface ServiceSpec {
  readonly type?: string;
  readonly externalIPs?: readonly string[];
  readonly selector?: object;
}
const specOf = (o: PolicyObject) => (o.spec ?? {}) as ServiceSpec;
const service = (spec: object) =>
  object("v1", "Service", { spec: { selector: { app: "tensorboard" }, ports: [{ port: 6006 }], ...spec } });
const ingress = object("networking.k8s.io/v1", "Ingress", {
  spec: { defaultBackend: { service: { name: "a", port: { number: 80 } } } },
});
const INGRESS = { group: "networking.k8s.io", version: "v1", kind: "Ingress", resource: "ingresses" };

export const exposure: Rule = {
  name: "exposure",
  purpose: "Services of a course are reached from inside the cluster only.",
  level: "mandatory",
  stops: kubernetes(
    "CVE-2020-8554: man in the middle by external IPs",
    "concepts/services-networking/service/#external-ips",
  )(
    "A Service with an external IP catches other people's traffic to that address; a NodePort opens every machine.",
  ),
  kinds: [{ group: "", version: "v1", kind: "Service", resource: "services" }, INGRESS],
  requirements: [
    wholeObject({
      path: "spec.type",
      holds: (o) => o.kind !== "Service" || (specOf(o).type ?? "ClusterIP") === "ClusterIP",
      cel: "object.kind != 'Service' || !has(object.spec.type) || object.spec.type == 'ClusterIP'",
      problem: "the Service is reached from outside, or leads outside",
      fix: "set type: ClusterIP; people come in by the hub",
    }),
    wholeObject({
      path: "spec.externalIPs",
      holds: (o) => (specOf(o).externalIPs ?? []).length === 0,
      cel: "object.kind != 'Service' || !has(object.spec.externalIPs) || size(object.spec.externalIPs) == 0",
      problem: "the Service catches traffic to addresses that are not its own",
      fix: "leave externalIPs out",
    }),
    wholeObject({
      path: "kind",
      holds: (o) => o.kind !== "Ingress",
      cel: "object.kind != 'Ingress'",
      problem: "an Ingress opens the course to the outside",
      fix: "leave it out; people come in by the hub",
    }),
  ],
  keeps: [
    { title: "inside the cluster", objects: [service({})] },
    { title: "said aloud", objects: [service({ type: "ClusterIP", externalIPs: [] })] },
    { title: "names of a gang", objects: [service({ clusterIP: "None" })] },
  ],
  breaks: [
    { title: "a port of every machine", objects: [service({ type: "NodePort" })] },
    { title: "a load balancer", objects: [service({ type: "LoadBalancer" })] },
    { title: "a name outside", objects: [service({ type: "ExternalName", externalName: "example.org" })] },
    { title: "an external address", objects: [service({ externalIPs: ["192.0.2.1"] })] },
    { title: "an Ingress", objects: [ingress] },
  ],
};
