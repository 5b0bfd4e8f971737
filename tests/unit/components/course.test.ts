import assert from "node:assert/strict";
import { Course } from "../../../components/course";
import { invitationCode } from "../../../components/plan/roster";
import { faultMessage, type PolicyObject } from "../../../policies/rule";
import { RULES } from "../../../policies/rules";
import { judge } from "../../../policies/verdict";
import { courseRequest, coursePlan, courseSite } from "../../fixtures/course";
import { SECRETS, declare, read, declaredObjects } from "../../fixtures/pulumi-mocks";

const GiB = 2 ** 30;
const QUEUE = "kubernetes:scheduling.volcano.sh/v1beta1:Queue";
const course = (request = courseRequest) =>
  declare(
    () =>
      new Course("cxr", {
        title: "Chest X-ray diagnosis",
        request,
        plan: coursePlan(request),
        site: courseSite(),
      }),
    { stack: "cxr" },
  );
type Metadata = { name: string; namespace: string; labels: Record<string, string> };

describe("Course", () => {
  it("makes a namespace that runs restricted pods only", async () => {
    const declared = await course();
    const { metadata } = declared.one("kubernetes:core/v1:Namespace", "course-cxr").inputs as {
      metadata: Metadata & { annotations: Record<string, string> };
    };
    assert.equal(metadata.name, "course-cxr");
    assert.deepEqual(metadata.labels, {
      "lectern.dev/course": "cxr",
      "pod-security.kubernetes.io/enforce": "restricted",
      "pod-security.kubernetes.io/enforce-version": "latest",
      "pod-security.kubernetes.io/warn": "restricted",
    });
    assert.equal(metadata.annotations["lectern.dev/title"], "Chest X-ray diagnosis");
  });

  it("puts everything that has a namespace into its own, except what mounts its storage", async () => {
    const declared = await course();
    const elsewhere = declared.resources
      .flatMap((r) => declaredObjects<{ kind: string; metadata: Metadata }>(r))
      .filter(({ metadata }) => metadata.namespace !== undefined && metadata.namespace !== "course-cxr");
    assert.deepEqual(
      elsewhere.map(({ kind, metadata }) => `${kind} ${metadata.namespace}`),
      Array<string>(3).fill("Secret lectern-system"),
    );
  });

  it("hangs every resource below the course or one of its parts", async () => {
    const declared = await course();
    const components = declared.resources.filter((r) => r.type.startsWith("lectern:"));
    assert.deepEqual(components.map((c) => c.type).sort(), [
      "lectern:index:Course",
      "lectern:index:CourseIsolation",
      "lectern:index:CourseLimits",
      "lectern:index:CourseRoles",
      "lectern:index:CourseVolumes",
    ]);
    const known = new Set(components.map((c) => c.urn));
    const root = declared.one("lectern:index:Course", "cxr");
    for (const resource of declared.resources) {
      if (resource !== root) assert.ok(known.has(resource.parent), `${resource.urn}: ${resource.parent}`);
    }
  });

  it("keeps the rules itself, all of its objects together", async () => {
    const objects = (await course()).resources.flatMap((r) => declaredObjects<PolicyObject>(r));
    const violations = RULES.flatMap((rule) => judge(rule, objects));
    assert.deepEqual(
      violations.map(({ rule, object, fault }) => `${rule.name}: ${faultMessage(object, fault)}`),
      [],
    );
  });

  it("tells the rules what it allows, before anything that they judge", async () => {
    const declared = await course();
    const parameters = declared.one("kubernetes:core/v1:ConfigMap", "course-cxr-policy");
    assert.deepEqual(parameters.inputs["data"], {
      registry: "127.80.0.2:5000",
      sizes: "notebook 4 16Gi 0 0 1\ngang 8 32Gi 2 1 2",
      devices: "nvidia.com/gpu rdma/hca_shared_devices_a",
      pkey: "0x0011",
      priorityClasses: "",
      egress: "127.80.0.3/32 127.80.0.4/32 127.80.0.53/32",
      maxRunSeconds: "86400",
      students: "",
      studentClasses: "",
      studentLimits: "",
      sizePods: "1=96 2=8",
      groups: "",
    });
    for (const kind of [
      "networking.k8s.io/v1:NetworkPolicy",
      "core/v1:PersistentVolumeClaim",
      "core/v1:ResourceQuota",
    ]) {
      for (const { dependsOn } of declared.all(`kubernetes:${kind}`))
        assert.ok(dependsOn.includes(parameters.urn));
    }
  });

  it("bounds the namespace by the plan's numbers", async () => {
    const plan = coursePlan();
    const { inputs } = (await course()).one("kubernetes:core/v1:ResourceQuota", "course-cxr-quota");
    assert.deepEqual((inputs["spec"] as { hard: unknown }).hard, {
      "requests.cpu": "256",
      "limits.cpu": "256",
      "requests.memory": "2Ti",
      "limits.memory": "2Ti",
      "requests.ephemeral-storage": `${plan.quota.pods * 20}Gi`,
      "limits.ephemeral-storage": `${plan.quota.pods * 20}Gi`,
      "requests.nvidia.com/gpu": "16",
      pods: String(plan.quota.pods),
      "count/jobs.batch.volcano.sh": String(plan.quota.pods),
      services: String(plan.quota.pods),
      // A home for each student, the shared folder, the data set.
      persistentvolumeclaims: "12",
      "services.loadbalancers": "0",
      "services.nodeports": "0",
    });
    assert.deepEqual([plan.quota.cpus, plan.quota.memoryBytes], [256, 2048 * GiB]);
  });

  it("is up only when its quota counts jobs: until then the API server would take none", async () => {
    const { inputs } = (await course()).one("kubernetes:core/v1:ResourceQuota", "course-cxr-quota");
    const { annotations } = inputs["metadata"] as { annotations: Record<string, string> };
    assert.equal(annotations["pulumi.com/waitFor"], 'jsonpath={.status.used["count/jobs.batch.volcano.sh"]}');
  });

  it("lets no container be larger than the course's largest size", async () => {
    const { inputs } = (await course()).one("kubernetes:core/v1:LimitRange", "course-cxr-limits");
    const [limit] = (inputs["spec"] as { limits: { max: unknown; default: unknown }[] }).limits;
    assert.deepEqual(limit?.max, { cpu: "8", memory: "32Gi", "ephemeral-storage": "100Gi" });
    assert.deepEqual(limit?.default, { cpu: "1", memory: "2Gi", "ephemeral-storage": "10Gi" });
  });

  it("asks its queue for guarantee, deserved share and ceiling below the semester's queue", async () => {
    const { inputs } = (await course()).one(QUEUE, "course-cxr");
    assert.deepEqual(inputs["spec"], {
      parent: "2026-autumn",
      guarantee: { resource: { "nvidia.com/gpu": 4 } },
      // Half of the GPUs of its two machines, and so half of their cores and memory.
      deserved: { cpu: "128", memory: "1Ti", "nvidia.com/gpu": 8 },
      capability: { "nvidia.com/gpu": 16 },
      reclaimable: true,
    });
    const { annotations } = inputs["metadata"] as { annotations: Record<string, string> };
    assert.equal(annotations["lectern.dev/room-gpus"], "32");
  });

  it("joins the HCAs of its machines, and no others, as full members of its own partition", async () => {
    const { inputs } = (await course()).one("metal:index:FabricPartitions", "cxr-partition");
    assert.equal(inputs["owner"], "course-cxr");
    assert.deepEqual(inputs["partitions"], [
      {
        name: "course-cxr",
        pkey: 0x0011,
        ipoib: true,
        members: [
          { node: "gpu-1", portGuid: "0x0002c90300710111", membership: "full" },
          { node: "gpu-2", portGuid: "0x0002c90300710121", membership: "full" },
        ],
      },
    ]);
    assert.deepEqual(inputs["reserved"], [
      { owner: "site", pkey: 0x0001 },
      { owner: "course-seg", pkey: 0x0012 },
    ]);
  });

  it("makes one invitation code for each open seat, from one secret, and shows none of them", async () => {
    const declared = await course({ ...courseRequest, roster: [{ id: "ada", seat: 2 }] });
    const seed = SECRETS.password("cxr-invitations");
    const codes = { "seat-1": invitationCode(seed, 1), "seat-3": invitationCode(seed, 3) };
    assert.equal(declared.all("random:index/randomPassword:RandomPassword").length, 1);
    assert.deepEqual(await read(declared.value.invitationCodes), { value: codes, secret: true });
    const secret = declared.one("kubernetes:core/v1:Secret", "cxr-invitations");
    assert.equal((secret.inputs["metadata"] as Metadata).name, "invitation-codes");
    assert.deepEqual(secret.secrets, ["stringData"]);
    assert.deepEqual(secret.inputs["stringData"], codes);
    assert.match(codes["seat-1"], /^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
    assert.notEqual(codes["seat-1"], codes["seat-3"]);
  });

  it("changes no object of others when a student joins", async () => {
    const before = await course();
    const after = await course({ ...courseRequest, roster: [...courseRequest.roster, { id: "cem" }] });
    const shown = (d: typeof before) =>
      new Map(
        d.resources
          .flatMap((r) => declaredObjects<Record<string, unknown>>(r))
          .map((o) => [JSON.stringify(o), o]),
      );
    const [old, now] = [shown(before), shown(after)];
    const names = [...now]
      .filter(([text]) => !old.has(text))
      .map(([, o]) => (o["metadata"] as Metadata).name);
    assert.deepEqual(names.sort(), [
      "course-cxr-cem",
      "course-cxr-home-cem",
      "home-cem",
      "student-cem",
      "student-cem",
    ]);
    assert.deepEqual(
      [...old.keys()].filter((text) => !now.has(text)),
      [],
    );
  });

  it("lets no secret into what a state, a diff or an output could show", async () => {
    const declared = await course();
    const shown = JSON.stringify(declared.resources.map((r) => [r.open, r.openOutputs]));
    assert.doesNotMatch(shown, /password-of-|storage-key-of-/);
    assert.ok(declared.resources.some((r) => JSON.stringify(r.inputs).includes("storage-key-of-ada")));
  });

  it("tells students the sizes in the names of the resources, and the image by digest", async () => {
    const declared = await course();
    const data = (name: string) =>
      declared.one("kubernetes:core/v1:ConfigMap", name).inputs["data"] as Record<string, string>;
    assert.deepEqual(
      Object.entries(data("course-cxr-sizes")).map(([name, text]) => [name, JSON.parse(text)]),
      [
        ["gang.json", { cpu: "8", memory: "32Gi", "nvidia.com/gpu": "2", "rdma/hca_shared_devices_a": "1" }],
        ["notebook.json", { cpu: "4", memory: "16Gi" }],
      ],
    );
    assert.deepEqual(data("course-cxr-images"), { base: "127.80.0.2:5000/lectern/base@sha256:abc" });
  });

  it("is whole without seats and students", async () => {
    const declared = await course({ ...courseRequest, seats: 0, roster: [] });
    assert.deepEqual(await read(declared.value.invitationCodes), { value: {}, secret: true });
    assert.deepEqual(Object.keys(declared.objects("PersistentVolumeClaim")).sort(), [
      "dataset-xray",
      "home-course",
    ]);
  });
});
