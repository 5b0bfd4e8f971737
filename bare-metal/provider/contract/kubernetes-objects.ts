import { z } from "zod";

const object = z.looseObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata: z.looseObject({ name: z.string().min(1), namespace: z.string().min(1).optional() }),
});

export const kubernetesObjectsInputsSchema = z.strictObject({
  /** Of somebody who may write the objects, as YAML. Secret. */
  kubeconfig: z.string().min(1),
  /** The objects as they are to be, each by a key of the program's choice, such as `ada/account`. */
  objects: z.record(z.string(), object),
});

export type KubernetesObjectsArguments = z.input<typeof kubernetesObjectsInputsSchema>;
export type KubernetesObjectsInputs = z.output<typeof kubernetesObjectsInputsSchema>;
export type KubernetesObjectsOutputs = KubernetesObjectsInputs;
