import { existsSync } from "node:fs";
import { join } from "node:path";
import { ProcessFolder } from "../../base/processes";
import { unhealthy } from "./health";
import {
  CONTROL_PLANE_PROCESSES,
  type ControlPlaneLocation,
  type ControlPlaneProcess,
  type ControlPlaneState,
} from "./index";

/** What lives of the control plane in this folder and whether it answers. Changes nothing. */
export async function probeControlPlane(at: ControlPlaneLocation): Promise<ControlPlaneState> {
  const run = join(at.dir, "run");
  const folder = existsSync(run) ? new ProcessFolder(run) : undefined;
  const processes = Object.fromEntries(
    CONTROL_PLANE_PROCESSES.map((name) => [name, folder?.find(name) !== undefined]),
  ) as Record<ControlPlaneProcess, boolean>;
  const problems = await Promise.all(
    CONTROL_PLANE_PROCESSES.map(async (name) =>
      processes[name] ? unhealthy(at, name) : `${name}: does not run`,
    ),
  );
  const problem = problems.filter((p) => p !== undefined).join("; ");
  return problem === "" ? { processes, ready: true } : { processes, ready: false, problem };
}
