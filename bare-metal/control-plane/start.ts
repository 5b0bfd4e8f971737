import type { ControlPlane, ControlPlaneSpec } from "./index";
export async function startControlPlane(_spec: ControlPlaneSpec): Promise<ControlPlane> {
  throw new Error("not yet");
}
