import { z } from "zod";
import { inventorySchema } from "../../inventory/inventory";

const room = inventorySchema.shape;

export const controlPlaneInputsSchema = z.strictObject({
  /** Absolute path of the folder for certificates, etcd's data and logs. Made on create, removed on delete; a change replaces. */
  dir: z.string().regex(/^\/.*[^/]$/, "not an absolute path without a trailing slash"),
  /** Address on which the API server listens. A change replaces. */
  address: room.services.shape.apiServer.shape.address,
  /** Port of the API server. A change replaces. Default: 6443. */
  port: room.services.shape.apiServer.shape.port.default(6443),
  /** Addresses of pods. A change replaces. */
  podCidr: room.networks.shape.pods,
  /** Addresses of services. A change replaces. */
  serviceCidr: room.networks.shape.services,
  /** How long certificates that it signs last, those of kubelets first of all; a year without it. */
  certificateSeconds: z.int().min(60).max(315_360_000).optional(),
});

export type ControlPlaneArguments = z.input<typeof controlPlaneInputsSchema>;
export type ControlPlaneInputs = z.output<typeof controlPlaneInputsSchema>;

export interface ControlPlaneOutputs extends ControlPlaneInputs {
  /** Of the cluster's administrator, as YAML. Secret. */
  readonly kubeconfig: string;
  /** Whether the API server answered `/readyz` and every process lived when last looked at. */
  readonly ready: boolean;
}
