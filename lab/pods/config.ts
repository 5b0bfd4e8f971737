import { readFileSync } from "node:fs";
import { z } from "zod";
import { cidrRange } from "../../base/network";

const absolute = z.string().startsWith("/", "not an absolute path");

const script = z.strictObject({
  /** The image's script on this machine, run by bash: the images' `sh` is busybox, which knows `[[`. */
  file: absolute,
  /** Text of the script to text of the copy that runs; `{tmp}` is the pod's own folder. Each must occur. */
  replace: z.record(z.string(), z.string()).default({}),
});

const program = z.strictObject({
  /** Image repository with its registry, without tag or digest. */
  image: z
    .string()
    .regex(/^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+$/, "not an image repository with its registry"),
  /** What the image's ENTRYPOINT would be: program and first arguments. */
  entrypoint: z.array(z.string()).min(1),
  /** Arguments added last, so that the program listens on the pod's address only: `{ip}`. */
  listen: z.array(z.string()).default([]),
  /** Whether the program takes `--kubeconfig`. Its environment has KUBECONFIG in any case. */
  kubeconfigFlag: z.boolean().default(true),
  /** When a pod without a readiness probe counts as ready. `tcp` asks for an open port only. */
  ready: z
    .strictObject({
      scheme: z.enum(["http", "tcp"]),
      port: z.int().min(1).max(65535),
      path: z.string().startsWith("/").default("/"),
    })
    .optional(),
  /** Files of the image that a pod may name as its command. */
  scripts: z.record(z.string(), script).default({}),
});

/** What the daemon of one room is told. */
export const podRunnerConfigSchema = z.strictObject({
  /** Administrator's kubeconfig; it appears and goes with the cluster. */
  kubeconfig: absolute,
  /** Folder of the daemon's own: pods' files, records. Mode 0700. */
  dir: absolute,
  /** Folder of the pods' logs. */
  logs: absolute,
  /** Network for the pods' addresses, in the room's pod network and apart from the nodes' parts of it. */
  addresses: z
    .string()
    .refine((text) => cidrRange(text) !== undefined, "not an IPv4 network such as 10.71.255.0/24"),
  namespaces: z.array(z.string().min(1)).min(1),
  /** Folders put before PATH for what pods run (kubectl). */
  path: z.array(absolute).default([]),
  programs: z.array(program).min(1),
});

export type PodRunnerConfig = z.infer<typeof podRunnerConfigSchema>;
export type Program = PodRunnerConfig["programs"][number];

/** @throws {Error} if the file is missing or not such a configuration */
export function readPodRunnerConfig(file: string): PodRunnerConfig {
  const parsed = podRunnerConfigSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
