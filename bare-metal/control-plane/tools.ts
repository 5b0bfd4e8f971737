import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { FaultCollector } from "../../base/faults";
import type { ControlPlaneTools } from "./index";

/** The stages used, as paths below kwok's `kustomize/stage`: heartbeats by lease, pods that run at once. */
const STAGES = [
  "node/fast/node-initialize.yaml",
  "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
  "pod/fast/pod-ready.yaml",
  "pod/fast/pod-complete.yaml",
  "pod/fast/pod-delete.yaml",
];

/**
 * Finds the programs in PATH and the stages below `$LECTERN_KWOK_STAGES`, which is kwok's folder `kustomize/stage`.
 * @throws {FaultsError} naming everything that is missing
 */
export function toolsFromPath(env: NodeJS.ProcessEnv = process.env): ControlPlaneTools {
  const faults = new FaultCollector();
  const find = (program: string): string => {
    const file = (env["PATH"] ?? "")
      .split(delimiter)
      .filter((dir) => dir !== "")
      .map((dir) => join(dir, program))
      .find(isProgram);
    if (file === undefined)
      faults.add(program, "(not found)", "no such program in PATH", "put the toolchain's folder into PATH");
    return file ?? "";
  };
  const stageDir = env["LECTERN_KWOK_STAGES"];
  const kwokStages = stageDir === undefined ? [] : STAGES.map((stage) => join(stageDir, stage));
  if (stageDir === undefined)
    faults.add("LECTERN_KWOK_STAGES", undefined, "not set", "the folder kustomize/stage of kwok");
  for (const file of kwokStages) {
    if (!existsSync(file))
      faults.add("LECTERN_KWOK_STAGES", file, "no such file", "the folder kustomize/stage of kwok");
  }
  const tools: ControlPlaneTools = {
    etcd: find("etcd"),
    kubeApiserver: find("kube-apiserver"),
    kubeControllerManager: find("kube-controller-manager"),
    kubeScheduler: find("kube-scheduler"),
    kwok: find("kwok"),
    kwokStages,
  };
  faults.throwIfAny("tools of the control plane");
  return tools;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
