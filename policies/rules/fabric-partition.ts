import { everyContainer, everyPod } from "../requirement";
import type { Rule } from "../rule";
import { WORKLOADS } from "../workloads";
import { deployment, goodContainer, pod, volcanoJob } from "./examples";
import { infiniband } from "./sources";

const PKEY = "lectern.dev/pkey";
/** Multus, the network attachments of a pod. */
const NETWORKS = "k8s.v1.cni.cncf.io/networks";
/** Names of the own namespace, `name` or `name@interface`. The form in JSON, which names namespaces, is none of these. */
const OWN_NETWORKS = "^[a-z0-9@, -]*$";
/** Variables by which NCCL and UCX choose a partition. */
const VARIABLES = ["NCCL_IB_PKEY", "UCX_IB_PKEY"];
const celAnnotated = (key: string) =>
  `has(p.metadata) && has(p.metadata.annotations) && '${key}' in p.metadata.annotations`;
const annotated = (key: string, value: string) => ({ annotations: { [key]: value } });
const env = (name: string, value: string) => ({
  ...goodContainer,
  env: [
    { name: "LANG", value: "C" },
    { name, value },
  ],
});

export const fabricPartition: Rule = {
  name: "fabric-partition",
  purpose: "Pods of a course speak over InfiniBand in the course's own partition.",
  level: "mandatory",
  stops: infiniband(
    "A process in a foreign partition reads, and writes, the memory of another course's ranks by RDMA.",
  ),
  kinds: WORKLOADS,
  goesBy: "course-policy",
  requirements: [
    everyPod({
      path: `metadata.annotations["${PKEY}"]`,
      holds: ({ metadata }, { course }) =>
        course === undefined || (metadata?.annotations?.[PKEY] ?? course.pkey) === course.pkey,
      cel: `!(${celAnnotated(PKEY)}) || p.metadata.annotations['${PKEY}'] == params.data.pkey`,
      problem: "the P_Key is not the course's",
      fix: "leave the annotation out",
    }),
    everyPod({
      path: `metadata.annotations["${NETWORKS}"]`,
      holds: ({ metadata }) => new RegExp(OWN_NETWORKS).test(metadata?.annotations?.[NETWORKS] ?? ""),
      cel: `!(${celAnnotated(NETWORKS)}) || p.metadata.annotations['${NETWORKS}'].matches('${OWN_NETWORKS}')`,
      problem: "the pod joins a network of another namespace",
      fix: "name networks of the course's namespace, without a slash",
    }),
    everyContainer({
      path: "env",
      holds: ({ env: variables = [] }, { course }) =>
        course === undefined ||
        variables.every(({ name, value }) => !VARIABLES.includes(name) || value === course.pkey),
      cel:
        `!has(c.env) || c.env.all(e, !(e.name in ['${VARIABLES.join("', '")}']) || ` +
        "(has(e.value) && e.value == params.data.pkey))",
      problem: "a variable names a partition that is not the course's",
      fix: "leave it out, or give the course's P_Key",
    }),
  ],
  keeps: [
    { title: "nothing said", objects: [pod()] },
    {
      title: "the course's P_Key",
      objects: [pod({}, env("NCCL_IB_PKEY", "0x0011"), annotated(PKEY, "0x0011"))],
    },
    { title: "a network of the course", objects: [pod({}, goodContainer, annotated(NETWORKS, "rdma"))] },
  ],
  breaks: [
    { title: "another P_Key", objects: [pod({}, goodContainer, annotated(PKEY, "0x0012"))] },
    {
      title: "in a template",
      objects: [deployment(goodContainer, {}, { labels: { app: "notebook" }, ...annotated(PKEY, "0x7fff") })],
    },
    {
      title: "another course's network",
      objects: [pod({}, goodContainer, annotated(NETWORKS, "rdma, course-y/rdma"))],
    },
    {
      title: "another course's network in JSON",
      objects: [pod({}, goodContainer, annotated(NETWORKS, '[{"name":"rdma","namespace":"course-y"}]'))],
    },
    { title: "another P_Key by NCCL", objects: [volcanoJob(env("NCCL_IB_PKEY", "0x0012"))] },
    { title: "another P_Key by UCX", objects: [pod({}, env("UCX_IB_PKEY", "0x7fff"))] },
  ],
};
