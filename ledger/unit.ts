import { serviceUnit } from "../base/service-unit";

/** What the unit file names. */
export interface UnitOptions {
  readonly dir: string;
  readonly kubeconfig: string;
  /** `address:port`. Default: no metrics. */
  readonly listen?: string | undefined;
  /** The node program, and bin/lectern.js of the clone. */
  readonly node: string;
  readonly program: string;
}

/** A unit file that keeps a recorder running. */
export function ledgerUnit({ dir, kubeconfig, listen, node, program }: UnitOptions): string {
  const listening = listen === undefined ? [] : ["--listen", listen];
  const flags = ["--dir", dir, "--kubeconfig", kubeconfig, ...listening];
  return serviceUnit("Lectern's ledger of GPUs", [node, program, "ledger", "serve", ...flags]);
}
