import type { ControlPlaneLocation, ControlPlaneState } from "./index";
export async function probeControlPlane(_at: ControlPlaneLocation): Promise<ControlPlaneState> {
  throw new Error("not yet");
}
