/** The administrator's kubeconfig of the control plane in this folder, or undefined if there is none. A secret. */
export function readKubeconfig(_dir: string): string | undefined {
  throw new Error("not yet");
}
