import assert from "node:assert/strict";
import { parse } from "yaml";
import { ownImagesQuery, podStages } from "../../../../lab/pods/stages";

const IMAGES = ["docker.io/volcanosh/vc-scheduler", "docker.io/volcanosh/vc-webhook-manager"];

describe("kwok's stages for pods", () => {
  it("all leave the runner's images alone", () => {
    for (const [name, text] of podStages(IMAGES)) {
      const { spec } = parse(text) as {
        spec: { selector: { matchExpressions: { key: string; operator: string }[] } };
      };
      const own = spec.selector.matchExpressions.find((e) => e.key === ownImagesQuery(IMAGES));
      assert.equal(own?.operator, "DoesNotExist", name);
    }
  });

  it("tell images by their whole repository, with or without Docker's registry", () => {
    const pattern = /test\("(.*)"\)/.exec(ownImagesQuery(IMAGES))?.[1] ?? "";
    const own = new RegExp(pattern);
    for (const image of [
      "docker.io/volcanosh/vc-scheduler:v1.10.0",
      "volcanosh/vc-scheduler",
      "volcanosh/vc-webhook-manager@sha256:00",
    ]) {
      assert.match(image, own);
    }
    for (const image of [
      "volcanosh/vc-scheduler-x:1",
      "docker-io/volcanosh/vc-scheduler",
      "a/volcanosh/vc-scheduler",
    ]) {
      assert.doesNotMatch(image, own);
    }
  });
});
