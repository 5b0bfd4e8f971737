import { Metadata, status, type ServiceError } from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { PartialError } from "./kinds";
import { encode, type Properties, type SecretPath } from "./wire";

/**
 * An error as the engine reads it (sdk/go/common/util/rpcutil/rpcerror): the message, and for a resource that exists
 * but is not in order, an ErrorResourceInitFailed in the status details.
 * @param inputs What the resource was to be; recorded with a partial resource.
 */
export function serviceError(
  error: unknown,
  inputs: Properties = {},
  secretsOf: (outputs: Properties) => readonly SecretPath[] = () => [],
): ServiceError {
  const message = error instanceof Error ? error.message : String(error);
  const metadata = new Metadata();
  if (error instanceof PartialError) {
    const secrets = secretsOf(error.outputs);
    const detail = new ErrorResourceInitFailed();
    detail.setId(error.id);
    detail.setProperties(encode(error.outputs, secrets));
    detail.setInputs(encode(inputs, secrets));
    detail.setReasonsList([error.reason]);
    const any = new Any();
    any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const details = new Status().setCode(status.UNKNOWN).setMessage(message);
    details.addDetails(any);
    metadata.set("grpc-status-details-bin", Buffer.from(details.serializeBinary()));
  }
  return Object.assign(new Error(message), { code: status.UNKNOWN, details: message, metadata });
}
