import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { FaultsError } from "../../../base/faults";
import type { CourseClaim } from "../../../components/plan/course-plan";
import { planRoom } from "../../../components/plan/site-plan";
import { declareCourse } from "../../../stacks/course";
import { courseConfigSchema } from "../../../stacks/schema";
import { courseRequest } from "../../fixtures/course";
import { type Answers, SECRETS, declare, read } from "../../fixtures/pulumi-mocks";
import { roomInventory } from "../../fixtures/room";

const siteOutputs = {
  room: planRoom(roomInventory(), ["base"]),
  semester: "2026-autumn",
  kubeconfig: SECRETS.kubeconfig,
  rootQueue: "semester-queue-of-the-site",
  fabric: {
    partitionsFile: "/room/partitions.conf",
    pidFile: "/room/opensm.pid",
    diagnostics: { command: ["sudo"], env: {} },
  },
  storage: {
    cluster: { conf: "/room/ceph.conf", keyring: "/room/keyring" },
    filesystem: "cephfs",
    fsid: "f51d",
    monitors: ["127.80.0.3:6789"],
  },
  images: { base: "127.80.0.2:5000/lectern/base@sha256:abc" },
};

const config = courseConfigSchema.parse({ ...courseRequest, site: "lab", title: "Chest X-ray diagnosis" });
interface Given {
  readonly change?: object;
  readonly others?: readonly CourseClaim[];
  readonly outputs?: object;
}

function course({ change = {}, others = [], outputs = siteOutputs }: Given = {}) {
  const answers: Answers = {
    "pulumi:pulumi:StackReference": () => ({ outputs, secretOutputNames: ["kubeconfig"] }),
  };
  return declare(
    () =>
      declareCourse({
        kind: "course",
        name: "cxr",
        config: { ...config, ...change },
        roster: courseRequest.roster,
        others,
      }),
    { stack: "cxr", answers },
  );
}

async function faultsOf(given: Given) {
  try {
    await course(given);
  } catch (error) {
    if (error instanceof FaultsError) return error.faults;
    throw error;
  }
  return [];
}

describe("declareCourse", () => {
  it("declares the course on its site's cluster, with the kubeconfig still a secret", async () => {
    const declared = await course();
    const provider = declared.one("pulumi:providers:kubernetes", "kubernetes");
    assert.deepEqual(provider.secrets, ["kubeconfig"]);
    assert.equal(provider.inputs["kubeconfig"], SECRETS.kubeconfig);
    assert.equal(provider.inputs["deleteUnreachable"], "false");
    // A roster with limits changes the parameters: in place, or all of the course would be made anew.
    assert.equal(provider.inputs["enableConfigMapMutable"], "true");
    assert.equal(provider.inputs["enableSecretMutable"], "true");
    for (const object of declared.resources.filter((r) => r.type.startsWith("kubernetes:"))) {
      assert.equal(object.provider, `${provider.urn}::kubernetes-id`, object.urn);
    }
  });

  it("uses the site's queue, fabric, storage and the image that it names", async () => {
    const declared = await course();
    const queue = declared.one("kubernetes:scheduling.volcano.sh/v1beta1:Queue", "course-cxr").inputs;
    assert.equal((queue["spec"] as { parent: string }).parent, "semester-queue-of-the-site");
    assert.deepEqual(
      declared.one("metal:index:FabricPartitions", "cxr-partition").inputs["manager"],
      siteOutputs.fabric,
    );
    assert.deepEqual(
      declared.one("metal:index:CephVolumes", "cxr-volumes").inputs["cluster"],
      siteOutputs.storage.cluster,
    );
    const images = declared.one("kubernetes:core/v1:ConfigMap", "course-cxr-images").inputs["data"];
    assert.deepEqual(images, { base: siteOutputs.images.base });
  });

  it("tells its outputs, with storage clients and invitation codes as secrets", async () => {
    const { value } = await course();
    const outputs = Object.entries(value);
    const secret = await Promise.all(
      outputs.map(async ([name, output]) => ((await read(pulumi.output(output))).secret ? [name] : [])),
    );
    assert.deepEqual(secret.flat().sort(), ["invitationCodes", "storageClients"]);
    const shown = await Promise.all(
      outputs
        .filter(([name]) => !secret.flat().includes(name))
        .map(([, output]) => read(pulumi.output(output))),
    );
    assert.doesNotMatch(JSON.stringify(shown), /storage-key-of|password-of/);
    assert.equal((await read(pulumi.output(value["namespace"]))).value, "course-cxr");
  });

  it("lets no secret into what a state could show", async () => {
    const { resources } = await course();
    const shown = JSON.stringify(resources.map((r) => [r.open, r.openOutputs]));
    assert.doesNotMatch(shown, /storage-key-of|password-of|kubeconfig-of/);
  });

  it("names the faults of a course that does not fit, before anything is declared", async () => {
    const faults = await faultsOf({
      change: { pkey: "0x0012", images: ["none"] },
      others: [{ name: "seg", gpus: { guarantee: 30, deserved: 30, capability: 30 }, pkey: "0x0012" }],
    });
    assert.deepEqual(faults.map((f) => f.path).sort(), [
      "lectern:course.gpus.guarantee",
      "lectern:course.images[0]",
      "lectern:course.pkey",
    ]);
  });

  it("says what to run when the site has no room yet", async () => {
    const [fault] = await faultsOf({ outputs: {} });
    assert.equal(fault?.path, "lectern:course.site");
    assert.match(fault?.fix ?? "", /pulumi up -s lab/);
  });
});
