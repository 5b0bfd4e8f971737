import { everyContainer } from "../requirement";
import type { Rule } from "../rule";
import { WORKLOADS } from "../workloads";
import { cronJob, deployment, goodContainer, pod, REGISTRY, volcanoJob } from "./examples";
import { hardening } from "./sources";

const DIGEST = "@sha256:[0-9a-f]{64}$";
const CEL_IMAGE = "(has(c.image) ? c.image : 'none')";
const IMAGE = goodContainer.image ?? "";
const named = (image: string) => ({ ...goodContainer, image });
const byTag = named(`${REGISTRY}/lectern/base:latest`);
const FIX = "use <registry>/<name>@sha256:<digest>; the course's ConfigMap `images` lists them";

export const imageDigest: Rule = {
  name: "image-digest",
  purpose: "A course runs the image that was built and checked for it, at every seat and to its last day.",
  level: "mandatory",
  stops: hardening(
    "A tag can be moved, and a foreign registry can serve anything: code that nobody checked runs beside the course's data.",
  ),
  kinds: WORKLOADS,
  goesBy: "course-policy",
  requirements: [
    everyContainer({
      path: "image",
      holds: ({ image = "" }) => new RegExp(DIGEST).test(image),
      cel: `has(c.image) && c.image.matches('${DIGEST}')`,
      celValue: CEL_IMAGE,
      problem: "the image is not named by its sha256 digest",
      fix: FIX,
    }),
    everyContainer({
      path: "image",
      holds: ({ image = "" }, { course }) => course === undefined || image.startsWith(`${course.registry}/`),
      cel: "has(c.image) && c.image.startsWith(params.data.registry + '/')",
      celValue: `${CEL_IMAGE} + ', not in ' + params.data.registry`,
      problem: "the image is not in the site's registry",
      fix: FIX,
    }),
  ],
  keeps: [
    { title: "a digest of the site's registry", objects: [pod()] },
    { title: "a gang job", objects: [volcanoJob()] },
    { title: "a tag beside the digest", objects: [deployment(named(IMAGE.replace("@", ":v1@")))] },
  ],
  breaks: [
    { title: "a tag", objects: [pod({}, byTag)] },
    { title: "another registry", objects: [deployment(named(IMAGE.replace(REGISTRY, "docker.io")))] },
    {
      title: "a registry whose name only starts alike",
      objects: [pod({}, named(IMAGE.replace(REGISTRY, `${REGISTRY}1`)))],
    },
    {
      title: "a digest that is cut short",
      objects: [pod({}, named(`${REGISTRY}/lectern/base@sha256:0123`))],
    },
    { title: "a digest that goes on", objects: [volcanoJob(named(`${IMAGE}0`))] },
    { title: "the second task of a gang job", objects: [volcanoJob(byTag)] },
    { title: "a nightly job", objects: [cronJob(byTag)] },
    { title: "a first container", objects: [pod({ initContainers: [{ ...byTag, name: "first" }] })] },
  ],
};
