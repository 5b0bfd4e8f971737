import type { Rule } from "../rule";
import { allContainers, celAllContainers, WORKLOADS } from "../workloads";
import { cronJob, deployment, goodContainer, pod, REGISTRY, volcanoJob } from "./examples";

const DIGEST = /@sha256:[0-9a-f]{64}$/;
const byTag = { ...goodContainer, image: `${REGISTRY}/lectern/base:latest` };
const elsewhere = { ...goodContainer, image: goodContainer.image?.replace(REGISTRY, "docker.io") ?? "" };
const sameBeginning = {
  ...goodContainer,
  image: goodContainer.image?.replace(REGISTRY, `${REGISTRY}1`) ?? "",
};
const shortDigest = { ...goodContainer, image: `${REGISTRY}/lectern/base@sha256:0123` };

const fix = (registry: string | undefined) =>
  `use ${registry ?? "<registry>"}/<name>@sha256:<digest>; the course's ConfigMap \`images\` lists them`;

export const imageDigest: Rule = {
  name: "image-digest",
  purpose: "A course runs the image that was built and checked for it, at every seat and to its last day.",
  level: "mandatory",
  kinds: WORKLOADS,
  inCourseNamespaces: true,
  checkObject: (object, { registry }) =>
    allContainers(object).flatMap(({ path, value }) => {
      const image = value.image ?? "";
      const problems = [
        ...(DIGEST.test(image) ? [] : ["the image is not named by its sha256 digest"]),
        ...(registry === undefined || image.startsWith(`${registry}/`)
          ? []
          : [`the image is not in ${registry}`]),
      ];
      return problems.map((problem) => ({
        path: `${path}.image`,
        value: JSON.stringify(image),
        problem,
        fix: fix(registry),
      }));
    }),
  cel: ({ registry }) => [
    {
      expression: celAllContainers("c.image.matches('@sha256:[0-9a-f]{64}$')"),
      message: `an image is not named by its sha256 digest; fix: ${fix(registry)}`,
    },
    ...(registry === undefined
      ? []
      : [
          {
            expression: celAllContainers(`c.image.startsWith('${registry}/')`),
            message: `an image is not in ${registry}; fix: ${fix(registry)}`,
          },
        ]),
  ],
  keeps: [
    { title: "a digest of the site's registry", objects: [pod()] },
    { title: "a gang job", objects: [volcanoJob()] },
    { title: "a deployment", objects: [deployment()] },
  ],
  breaks: [
    { title: "a tag", objects: [pod({}, byTag)] },
    { title: "another registry", objects: [deployment(elsewhere)] },
    { title: "a registry whose name only starts alike", objects: [pod({}, sameBeginning)] },
    { title: "a digest that is cut short", objects: [pod({}, shortDigest)] },
    { title: "the second task of a gang job", objects: [volcanoJob(byTag)] },
    { title: "a nightly job", objects: [cronJob(byTag)] },
    { title: "a first container", objects: [pod({ initContainers: [{ ...byTag, name: "first" }] })] },
  ],
};
