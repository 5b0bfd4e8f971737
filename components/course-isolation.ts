import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy";
import { HUB_NAMESPACE } from "../policies/rules/egress";
import * as pulumi from "@pulumi/pulumi";

export interface CourseIsolationArgs {
  readonly namespace: pulumi.Input<string>;
  /** Monitors of the storage, `host:port`. */
  readonly monitors: pulumi.Input<string[]>;
  /** Name servers outside the cluster that pods have, IPv4. Default: none. */
  readonly nameServers?: pulumi.Input<readonly string[]>;
  /** Networks outside the cluster that the course may reach, CIDRs. Default: none. */
  readonly egress?: readonly string[];
}

/** Ports of JupyterHub: where a notebook answers it, and where its own programmable interface is. */
const HUB_PORTS = { notebook: 8888, hub: 8081 } as const;

/**
 * Network policies of a course: nothing passes but name lookups, traffic inside the course, the site's notebook hub and
 * the storage. Gangs find one another over IP inside the course; what then goes over InfiniBand passes no network policy
 * and is kept apart by the course's P_Key.
 */
export class CourseIsolation extends pulumi.ComponentResource {
  constructor(name: string, args: CourseIsolationArgs, options?: pulumi.ComponentResourceOptions) {
    super("lectern:index:CourseIsolation", name, {}, options);
    const child = { parent: this };
    const metadata = (policy: string) => ({ name: policy, namespace: args.namespace });
    const both = ["Ingress", "Egress"];
    new NetworkPolicy(
      `${name}-default-deny`,
      { metadata: metadata("default-deny"), spec: { podSelector: {}, policyTypes: both } },
      child,
    );
    new NetworkPolicy(
      `${name}-within-course`,
      {
        metadata: metadata("within-course"),
        spec: {
          podSelector: {},
          policyTypes: both,
          ingress: [{ from: [{ podSelector: {} }] }],
          egress: [{ to: [{ podSelector: {} }] }],
        },
      },
      child,
    );
    const kubeSystem = { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } };
    new NetworkPolicy(
      `${name}-dns`,
      {
        metadata: metadata("dns"),
        spec: {
          podSelector: {},
          policyTypes: ["Egress"],
          egress: [
            {
              to: pulumi
                .output(args.nameServers ?? [])
                .apply((servers) => [
                  { namespaceSelector: kubeSystem },
                  ...servers.map((server) => ({ ipBlock: { cidr: `${server}/32` } })),
                ]),
              ports: [
                { protocol: "UDP", port: 53 },
                { protocol: "TCP", port: 53 },
              ],
            },
          ],
        },
      },
      child,
    );
    const hub = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": HUB_NAMESPACE } } };
    const tcp = (port: number) => [{ protocol: "TCP", port }];
    new NetworkPolicy(
      `${name}-hub`,
      {
        metadata: metadata("hub"),
        spec: {
          podSelector: {},
          policyTypes: both,
          ingress: [{ from: [hub], ports: tcp(HUB_PORTS.notebook) }],
          egress: [{ to: [hub], ports: tcp(HUB_PORTS.hub) }],
        },
      },
      child,
    );
    new NetworkPolicy(
      `${name}-storage`,
      {
        metadata: metadata("storage"),
        spec: {
          podSelector: {},
          policyTypes: ["Egress"],
          egress: pulumi.output(args.monitors).apply((monitors) => monitors.map(monitorRule)),
        },
      },
      child,
    );
    if (args.egress?.length) {
      new NetworkPolicy(
        `${name}-egress`,
        {
          metadata: metadata("egress"),
          spec: {
            podSelector: {},
            policyTypes: ["Egress"],
            egress: [{ to: args.egress.map((cidr) => ({ ipBlock: { cidr } })) }],
          },
        },
        child,
      );
    }
    this.registerOutputs({});
  }
}

function monitorRule(monitor: string) {
  const [host = "", port = ""] = monitor.split(":");
  return { to: [{ ipBlock: { cidr: `${host}/32` } }], ports: [{ protocol: "TCP", port: Number(port) }] };
}
