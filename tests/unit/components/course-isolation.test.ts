import assert from "node:assert/strict";
import { CourseIsolation } from "../../../components/course-isolation";
import { declare } from "../../fixtures/pulumi-mocks";

const POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
interface Spec {
  readonly podSelector: object;
  readonly policyTypes: string[];
  readonly ingress?: { from: object[] }[];
  readonly egress?: { to: object[]; ports?: { protocol: string; port: number }[] }[];
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

  it("lets in nothing but the course's own pods", async () => {
    const incoming = Object.entries(await policies()).filter(([, spec]) => spec.ingress !== undefined);
    // A pod selector without a namespace selector stays inside the policy's own namespace.
    assert.deepEqual(
      incoming.map(([name, spec]) => [name, spec.ingress]),
      [["within-course", [{ from: [{ podSelector: {} }] }]]],
    );
  });

  it("lets out to the course, to name lookups, and to each monitor at its port", async () => {
    const { dns, storage, ...rest } = await policies();
    assert.deepEqual(Object.keys(rest).sort(), ["default-deny", "within-course"]);
    assert.deepEqual(rest["within-course"]?.egress, [{ to: [{ podSelector: {} }] }]);
    assert.deepEqual(dns?.egress?.[0]?.ports, [
      { protocol: "UDP", port: 53 },
      { protocol: "TCP", port: 53 },
    ]);
    assert.deepEqual(storage?.egress, [
      { to: [{ ipBlock: { cidr: "10.0.0.3/32" } }], ports: [{ protocol: "TCP", port: 6789 }] },
      { to: [{ ipBlock: { cidr: "10.0.0.4/32" } }], ports: [{ protocol: "TCP", port: 3300 }] },
    ]);
  });
});
