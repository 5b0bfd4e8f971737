import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";

type RpcFailure = Partial<ServiceError> & { readonly code: status; readonly message: string };

/**
 * A failure before anything was done. The engine takes this code for well understood; after UNKNOWN and INTERNAL it
 * doubts its own state.
 */
export function refused(message: string): RpcFailure {
  return { code: status.FAILED_PRECONDITION, message };
}

/** A fault of this program. */
export function defect(error: unknown): RpcFailure {
  return {
    code: status.INTERNAL,
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}

export function unimplemented(what: string): RpcFailure {
  return { code: status.UNIMPLEMENTED, message: `provider metal has no ${what}` };
}

/** Something was done: the engine records these properties, and the next update goes on from there. */
export function partlyDone(id: string, properties: Struct, reason: string): RpcFailure {
  const detail = new ErrorResourceInitFailed();
  detail.setId(id);
  detail.setProperties(properties);
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

/** The text without any of the secrets: the last line of defence, for messages of programs that this one runs. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= 4)
    .reduce((t, secret) => t.replaceAll(secret, "[secret]"), text);
}
