import type { sendUnaryData, ServerUnaryCall } from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { type PluginAttach, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { EngineLog } from "./engine";
import type { ProviderSpec } from "./kinds";
import { Operations } from "./operations";

/**
 * Pulumi's `ResourceProvider` service (sdk/proto/pulumi/provider.proto). gRPC answers "unimplemented" to what is not in
 * it.
 * @param engineAddress `host:port`; the engine tells it again when it shakes hands.
 */
export function providerService(
  spec: ProviderSpec,
  engineAddress?: string,
): Partial<IResourceProviderServer> {
  const log = new EngineLog();
  if (engineAddress !== undefined) log.attach(engineAddress);
  const operations = new Operations(spec, log);

  return {
    handshake: unary((request: pb.ProviderHandshakeRequest) => {
      log.attach(request.getEngineAddress());
      return new pb.ProviderHandshakeResponse()
        .setAcceptSecrets(true)
        .setAcceptResources(false)
        .setAcceptOutputs(false);
    }),
    attach: unary((request: PluginAttach) => {
      log.attach(request.getAddress());
      return new Empty();
    }),
    getPluginInfo: unary(() => new PluginInfo().setVersion(spec.version)),
    getSchema: unary(() => {
      const resources = tokens(spec.kinds);
      const functions = tokens(spec.functions ?? {});
      const schema = { name: spec.name, version: spec.version, resources, functions };
      return new pb.GetSchemaResponse().setSchema(JSON.stringify(schema));
    }),

    // A provider itself has nothing to configure: whatever a resource needs is part of it.
    checkConfig: unary((request: pb.CheckRequest) => new pb.CheckResponse().setInputs(request.getNews())),
    diffConfig: unary(() => new pb.DiffResponse().setChanges(pb.DiffResponse.DiffChanges.DIFF_NONE)),
    configure: unary(() => new pb.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true)),

    check: unary((request: pb.CheckRequest) => operations.check(request)),
    diff: unary((request: pb.DiffRequest) => operations.diff(request)),
    create: unary((request: pb.CreateRequest) => operations.create(request)),
    read: unary((request: pb.ReadRequest) => operations.read(request)),
    update: unary((request: pb.UpdateRequest) => operations.update(request)),
    delete: unary(async (request: pb.DeleteRequest) => {
      await operations.delete(request);
      return new Empty();
    }),
    invoke: unary((request: pb.InvokeRequest) => operations.invoke(request)),
    cancel: unary(() => {
      operations.cancel();
      return new Empty();
    }),
  };
}

function tokens(kinds: object): Record<string, object> {
  return Object.fromEntries(Object.keys(kinds).map((token) => [token, {}]));
}

function unary<Request, Response>(work: (request: Request) => Response | Promise<Response>) {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void => {
    Promise.resolve(call.request)
      .then(work)
      .then(
        (response) => callback(null, response),
        (failure: unknown) => callback(failure as Parameters<typeof callback>[0]),
      );
  };
}
