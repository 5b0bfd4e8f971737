import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { withoutSecrets } from "./secrets";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";

export type RpcFailure = Partial<ServiceError> & { readonly code: status; readonly message: string };

/**
 * A failure after which nothing is left to record. The engine takes this code for well understood; after UNKNOWN and
 * INTERNAL it doubts its own state.
 */
export function refused(message: string): RpcFailure {
  return { code: status.FAILED_PRECONDITION, message };
}

/** What gRPC sends back for what was thrown, without secrets. */
export function failureOf(error: unknown, secrets: readonly string[]): RpcFailure {
  if (!(error instanceof Error)) return error as RpcFailure;
  return isDefect(error)
    ? { code: status.INTERNAL, message: withoutSecrets(error.stack ?? error.message, secrets) }
    : refused(withoutSecrets(error.message, secrets));
}

/** Something was done: the engine records these properties, and the next update goes on from there. */
export function partlyDone(id: string, properties: Struct, inputs: Struct, reason: string): RpcFailure {
  /* eslint-disable @typescript-eslint/no-require-imports -- needed for a failure only */
  const { Status } =
    require("@pulumi/pulumi/proto/status_pb") as typeof import("@pulumi/pulumi/proto/status_pb");
  /* eslint-enable @typescript-eslint/no-require-imports */
  const detail = new ErrorResourceInitFailed();
  detail.setId(id);
  detail.setProperties(properties);
  detail.setInputs(inputs);
  detail.setReasonsList([reason]);
  const packed = new Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const details = new Status();
  details.setCode(status.UNKNOWN);
  details.setMessage(reason);
  details.addDetails(packed);
  const metadata = new Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(details.serializeBinary()));
  return { code: status.UNKNOWN, message: reason, metadata };
}

/** Faults of the program, not of the world. */
function isDefect(error: Error): boolean {
  return [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);
}
