import assert from "node:assert/strict";
import { CourseIsolation } from "../../../components/course-isolation";
import { type End, type NetworkPolicy as NetPolicy, passes } from "../../fixtures/network-policies";
import { declare } from "../../fixtures/pulumi-mocks";

const POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
interface Spec {
  readonly podSelector: object;
  readonly policyTypes: string[];
  readonly ingress?: { from: object[] }[];
  readonly egress?: { to: object[] }[];
}

async function policies(): Promise<Record<string, Spec>> {
  const monitors = ["10.0.0.3:6789", "10.0.0.4:3300"];
  const declared = await declare(() => new CourseIsolation("cxr", { namespace: "course-cxr", monitors }));
  const component = declared.one("lectern:index:CourseIsolation", "cxr");
  return Object.fromEntries(
    declared.all(POLICY).map(({ name, parent, inputs }) => {
      const metadata = inputs["metadata"] as { name: string; namespace: string };
      assert.equal(parent, component.urn);
      assert.equal(metadata.namespace, "course-cxr");
      assert.equal(name, `cxr-${metadata.name}`);
      return [metadata.name, inputs["spec"] as Spec];
    }),
  );
}

describe("CourseIsolation", () => {
  it("denies all traffic of all pods first", async () => {
    assert.deepEqual((await policies())["default-deny"], {
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
    });
  });

  it("applies every exception to all pods, and opens no way to everywhere", async () => {
    for (const [name, spec] of Object.entries(await policies())) {
      assert.deepEqual(spec.podSelector, {}, name);
      // An empty rule, or one without peers, means any peer.
      for (const rule of spec.egress ?? []) assert.ok(rule.to.length > 0, name);
      for (const rule of spec.ingress ?? []) assert.ok(rule.from.length > 0, name);
    }
  });

  it("lets pass what a course needs, and nothing else", async () => {
    const all = [...(await netPolicies("cxr")), ...(await netPolicies("seg"))];
    const own = { namespace: "course-cxr", labels: { app: "train" } };
    const hub = { namespace: "lectern-hub" };
    const to = (end: End, port: number, protocol = "TCP") =>
      passes(all, { from: own, to: end, port, protocol });
    const from = (end: End, port: number) => passes(all, { from: end, to: own, port });

    const inside = { namespace: "course-cxr", labels: { "volcano.sh/job-name": "gang" } };
    assert.ok(to(inside, 29_500), "a gang's pods find one another");
    assert.ok(to(inside, 4791, "UDP"), "and over UDP");
    for (const protocol of ["UDP", "TCP"]) assert.ok(to({ namespace: "kube-system" }, 53, protocol));
    assert.ok(to({ ip: "10.0.0.3" }, 6789) && to({ ip: "10.0.0.4" }, 3300), "each monitor at its port");
    for (const protocol of ["UDP", "TCP"]) assert.ok(to({ ip: "10.0.0.53" }, 53, protocol), "a name server");
    assert.ok(from(hub, 8888) && to(hub, 8081), "the hub, both ways");
    assert.ok(to({ ip: "192.0.2.9" }, 443), "a network that the course names");

    const refused: Record<string, boolean> = {
      "another course": to({ namespace: "course-seg" }, 8888),
      "from another course": from({ namespace: "course-seg" }, 8888),
      "the system beside its lookups": to({ namespace: "kube-system" }, 443),
      "the site's own namespace": to({ namespace: "lectern-system" }, 53),
      "from the site's own namespace": from({ namespace: "lectern-system" }, 8888),
      "the hub elsewhere": to(hub, 443),
      "from the hub elsewhere": from(hub, 22),
      "the hub over UDP": to(hub, 8081, "UDP"),
      "a monitor elsewhere": to({ ip: "10.0.0.3" }, 22),
      "a monitor at the port of another": to({ ip: "10.0.0.3" }, 3300),
      "a name server elsewhere": to({ ip: "10.0.0.53" }, 443),
      "another name server": to({ ip: "10.0.0.54" }, 53, "UDP"),
      "a machine": to({ ip: "10.0.0.5" }, 6789),
      "the world": to({ ip: "203.0.113.1" }, 443),
      "from the world": from({ ip: "203.0.113.1" }, 8888),
      "back from a network that the course names": from({ ip: "192.0.2.9" }, 8888),
    };
    assert.deepEqual(
      Object.keys(refused).filter((what) => refused[what]),
      [],
    );
  });

  it("shuts a course by its first policy: without the others nothing passes", async () => {
    const all = (await netPolicies("cxr")).filter(({ name }) => name === "default-deny");
    const own = { namespace: "course-cxr" };
    for (const [from, to] of [
      [own, own],
      [own, { ip: "10.0.0.3" }],
      [{ namespace: "lectern-hub" }, own],
    ] as const) {
      assert.ok(!passes(all, { from, to, port: 6789 }));
      assert.ok(passes([], { from, to, port: 6789 }), "and all of it without any policy");
    }
  });
});

/** As the evaluator reads them. */
async function netPolicies(course: string): Promise<(NetPolicy & { readonly name: string })[]> {
  const monitors = ["10.0.0.3:6789", "10.0.0.4:3300"];
  const args = {
    namespace: `course-${course}`,
    monitors,
    nameServers: ["10.0.0.53"],
    egress: ["192.0.2.0/24"],
  };
  const declared = await declare(() => new CourseIsolation(course, args));
  return declared.all(POLICY).map(({ inputs }) => {
    const { name, namespace } = inputs["metadata"] as { name: string; namespace: string };
    return { name, namespace, spec: inputs["spec"] as NetPolicy["spec"] };
  });
}
