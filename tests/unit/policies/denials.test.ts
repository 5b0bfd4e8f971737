import assert from "node:assert/strict";
import { courseDenials, denialEvent } from "../../../policies/denials";

/** An event as kube-apiserver 1.37 writes it, with the parts that are read. */
const event = (namespace: string, actions: readonly string[], stage = "ResponseComplete") =>
  JSON.stringify({
    kind: "Event",
    auditID: "5f1c",
    stage,
    verb: "create",
    user: { username: `system:serviceaccount:${namespace}:student-ada` },
    requestReceivedTimestamp: "2026-11-22T21:49:30.644957Z",
    objectRef: { resource: "pods", subresource: "exec", namespace, name: "ben-notebook" },
    annotations: {
      "validation.policy.admission.k8s.io/validation_failure": JSON.stringify([
        {
          message: "own-work: Pod ben-notebook: not yours",
          policy: "lectern-own-work-on-connect",
          binding: "lectern-own-work-on-connect",
          validationActions: actions,
        },
      ]),
    },
  });

describe("policies: denials", () => {
  it("are those of the course, with who, what and why", () => {
    const log = [event("course-x", ["Deny", "Audit"]), event("course-y", ["Deny", "Audit"])].join("\n");
    assert.deepEqual(courseDenials(log, "x"), [
      {
        at: "2026-11-22T21:49:30.644957Z",
        nth: 0,
        id: "5f1c",
        rule: "own-work",
        action: "Deny",
        user: "system:serviceaccount:course-x:student-ada",
        verb: "create",
        object: "pods/exec ben-notebook",
        message: "Pod ben-notebook: not yours",
      },
    ]);
  });

  it("tell a warning from a denial", () => {
    assert.equal(courseDenials(event("course-x", ["Warn", "Audit"]), "x")[0]?.action, "Warn");
  });

  it("leave out other stages, other events and a line that is half written", () => {
    const whole = event("course-x", ["Deny"]);
    const log = [
      event("course-x", ["Deny"], "RequestReceived"),
      '{"kind":"Event"}',
      whole.slice(0, -20),
    ].join("\n");
    assert.deepEqual(courseDenials(log, "x"), []);
  });

  it("become Events with a name of their own in the course's namespace", () => {
    const [denial] = courseDenials(event("course-x", ["Deny"]), "x");
    const made = denialEvent(denial!, "x") as { metadata: object; reason: string; involvedObject: object };
    assert.deepEqual(made.metadata, { name: "denied-own-work-5f1c-0", namespace: "course-x" });
    assert.equal(made.reason, "PolicyDenied");
  });
});
