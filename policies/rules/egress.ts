import { celTexts } from "../cel";
import { wholeObject } from "../requirement";
import type { CourseParameters } from "../parameters";
import type { PolicyObject, Rule } from "../rule";
import { object } from "./examples";
import { kubernetes } from "./sources";

interface Peer {
  readonly podSelector?: object;
  readonly namespaceSelector?: {
    readonly matchLabels?: Readonly<Record<string, string>>;
    readonly matchExpressions?: readonly object[];
  };
  readonly ipBlock?: { readonly cidr: string };
}
interface Spec {
  readonly egress?: readonly { readonly to?: readonly Peer[] }[];
  readonly ingress?: readonly { readonly from?: readonly Peer[] }[];
}
const NAME = "kubernetes.io/metadata.name";
const DNS_NAMESPACE = "kube-system";
/** Namespace of a site's notebook hub. */
export const HUB_NAMESPACE = "lectern-hub";

const specOf = (o: PolicyObject) => (o.spec ?? {}) as Spec;
const isOwn = ({ namespaceSelector, ipBlock }: Peer) =>
  namespaceSelector === undefined && ipBlock === undefined;
const isDns = ({ namespaceSelector }: Peer) => namespaceSelector?.matchLabels?.[NAME] === DNS_NAMESPACE;
const isHub = ({ namespaceSelector }: Peer) => namespaceSelector?.matchLabels?.[NAME] === HUB_NAMESPACE;
const isAllowed = ({ ipBlock }: Peer, course: CourseParameters) =>
  ipBlock !== undefined && course.egress.includes(ipBlock.cidr);

const CEL_OWN = "(!has(q.namespaceSelector) && !has(q.ipBlock))";
const celNamespace = (names: readonly string[]) =>
  "(has(q.namespaceSelector) && has(q.namespaceSelector.matchLabels) && " +
  `'${NAME}' in q.namespaceSelector.matchLabels && q.namespaceSelector.matchLabels['${NAME}'] in ${celTexts(names)})`;
const CEL_ALLOWED = "(has(q.ipBlock) && q.ipBlock.cidr in params.data.egress.split(' '))";

const policy = (spec: object) =>
  object("networking.k8s.io/v1", "NetworkPolicy", { spec: { podSelector: {}, ...spec } });
const to = (...peers: Peer[]) => policy({ policyTypes: ["Egress"], egress: [{ to: peers }] });
const from = (...peers: Peer[]) => policy({ policyTypes: ["Ingress"], ingress: [{ from: peers }] });
const namespace = (name: string): Peer => ({ namespaceSelector: { matchLabels: { [NAME]: name } } });

export const egress: Rule = {
  name: "egress",
  purpose: "Traffic leaves a course only where the course says, and enters it from itself and from the hub.",
  level: "mandatory",
  stops: kubernetes(
    "Network Policies",
    "concepts/services-networking/network-policies/",
  )("One policy that opens egress adds to all others: data sets of patients leave the building."),
  kinds: [{ group: "networking.k8s.io", version: "v1", kind: "NetworkPolicy", resource: "networkpolicies" }],
  goesBy: "course-policy",
  requirements: [
    wholeObject({
      path: "spec.egress",
      holds: (o, { course }) =>
        course === undefined ||
        (specOf(o).egress ?? []).every(
          ({ to: peers }) =>
            (peers ?? []).length > 0 &&
            peers?.every((p) => isOwn(p) || isDns(p) || isHub(p) || isAllowed(p, course)) === true,
        ),
      cel:
        "!has(object.spec.egress) || object.spec.egress.all(r, has(r.to) && " +
        `r.to.all(q, ${CEL_OWN} || ${celNamespace([DNS_NAMESPACE, HUB_NAMESPACE])} || ${CEL_ALLOWED}))`,
      problem: "traffic may leave the course for where it must not",
      fix: "name pods of the course, or a network of lectern:course.egress",
    }),
    wholeObject({
      path: "spec.ingress",
      holds: (o) =>
        (specOf(o).ingress ?? []).every(
          ({ from: peers }) => (peers ?? []).length > 0 && peers?.every((p) => isOwn(p) || isHub(p)) === true,
        ),
      cel:
        "!has(object.spec.ingress) || object.spec.ingress.all(r, has(r.from) && " +
        `r.from.all(q, ${CEL_OWN} || ${celNamespace([HUB_NAMESPACE])}))`,
      problem: "traffic may enter the course from elsewhere",
      fix: "name pods of the course by podSelector alone",
    }),
  ],
  keeps: [
    { title: "nothing passes", objects: [policy({ policyTypes: ["Ingress", "Egress"] })] },
    { title: "inside the course", objects: [to({ podSelector: {} }), from({ podSelector: {} })] },
    { title: "to and from the hub", objects: [to(namespace(HUB_NAMESPACE)), from(namespace(HUB_NAMESPACE))] },
    { title: "name lookups", objects: [to(namespace(DNS_NAMESPACE))] },
    {
      title: "a network of the course",
      objects: [to({ podSelector: {} }, { ipBlock: { cidr: "192.0.2.0/24" } })],
    },
  ],
  breaks: [
    { title: "everywhere", objects: [policy({ policyTypes: ["Egress"], egress: [{}] })] },
    { title: "an empty list of places, which is everywhere", objects: [to()] },
    { title: "from an empty list of places", objects: [from()] },
    { title: "every address", objects: [to({ ipBlock: { cidr: "0.0.0.0/0" } })] },
    {
      title: "a network beside that of the course",
      objects: [to({ ipBlock: { cidr: "192.0.2.0/24" } }, { ipBlock: { cidr: "192.0.2.0/23" } })],
    },
    { title: "another course", objects: [to(namespace("course-y"))] },
    { title: "every namespace", objects: [to({ namespaceSelector: {} })] },
    { title: "from everywhere", objects: [policy({ policyTypes: ["Ingress"], ingress: [{}] })] },
    { title: "from another course", objects: [from({ podSelector: {} }, namespace("course-y"))] },
    { title: "from where names are looked up", objects: [from(namespace(DNS_NAMESPACE))] },
    { title: "from an address", objects: [from({ ipBlock: { cidr: "192.0.2.0/24" } })] },
  ],
};
