import type { ControlPlaneTools } from "./index";
export function toolsFromPath(_env: NodeJS.ProcessEnv = process.env): ControlPlaneTools {
  throw new Error("not yet");
}
