import { wholeObject } from "../requirement";
import type { Rule } from "../rule";
import { object } from "./examples";
import { nvidia } from "./sources";

const SHARING = '(^|[\\s{,"])(timeSlicing|mps)"?\\s*:';
const config = (text: string) =>
  object(
    "v1",
    "ConfigMap",
    { data: { "config.yaml": text } },
    { name: "nvidia-device-plugin", namespace: "lectern-system" },
  );

export const gpuTimeSlicing: Rule = {
  name: "gpu-time-slicing",
  purpose: "The device plugin of the site hands out GPUs that nobody else uses.",
  level: "mandatory",
  stops: nvidia(
    "Replicas of a time-sliced GPU go to different courses, without isolation of memory or faults.",
  ),
  kinds: [{ group: "", version: "v1", kind: "ConfigMap", resource: "configmaps" }],
  inCourseNamespaces: false,
  requirements: [
    wholeObject({
      path: "data",
      holds: ({ metadata, data }) =>
        !metadata?.name?.includes("device-plugin") ||
        Object.values((data ?? {}) as Record<string, string>).every(
          (text) => !new RegExp(SHARING).test(text),
        ),
      cel:
        "!object.metadata.name.contains('device-plugin') || !has(object.data) || " +
        `object.data.all(k, !object.data[k].matches('${SHARING.replaceAll("\\", "\\\\")}'))`,
      problem: "GPUs are shared in time between courses",
      fix: "remove sharing.timeSlicing and sharing.mps; use MIG or whole GPUs",
    }),
  ],
  keeps: [
    { title: "whole GPUs", objects: [config("version: v1\nflags:\n  migStrategy: none\n")] },
    {
      title: "a text about it that configures nothing",
      objects: [
        object("v1", "ConfigMap", { data: { "notes.md": "timeSlicing: why we do not" } }, { name: "notes" }),
      ],
    },
    { title: "an empty configuration", objects: [object("v1", "ConfigMap", {}, { name: "device-plugin" })] },
  ],
  breaks: [
    {
      title: "replicas of each GPU",
      objects: [
        config(
          "version: v1\nsharing:\n  timeSlicing:\n    resources: [{name: nvidia.com/gpu, replicas: 4}]\n",
        ),
      ],
    },
    { title: "the same as JSON", objects: [config('{"sharing":{"timeSlicing":{"resources":[]}}}')] },
    { title: "at the beginning of a text", objects: [config("timeSlicing:\n  resources: []\n")] },
    {
      title: "MPS, whose clients share one fault",
      objects: [config("sharing:\n  mps:\n    resources: []\n")],
    },
  ],
};
