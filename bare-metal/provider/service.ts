import type { sendUnaryData, ServerUnaryCall } from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { PluginAttach, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { version } from "../../package.json";
import type { EngineLog } from "./engine";
import { unimplemented } from "./errors";
import { Operations } from "./operations";
import { RESOURCE_TYPES } from "./registry";

type Unary<Request, Response> = (
  call: ServerUnaryCall<Request, Response>,
  callback: sendUnaryData<Response>,
) => void;

/** Pulumi's `ResourceProvider` service (proto/pulumi/provider.proto) for the kinds of the registry. */
export function providerService(log: EngineLog): IResourceProviderServer {
  const operations = new Operations(log);
  const absent = (what: string): Unary<unknown, never> => {
    return (_call, callback) => callback(unimplemented(what));
  };

  return {
    handshake: unary((request: pb.ProviderHandshakeRequest) => {
      log.attach(request.getEngineAddress());
      const response = new pb.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      response.setAcceptResources(false);
      response.setAcceptOutputs(false);
      return response;
    }),
    attach: unary((request: PluginAttach) => {
      log.attach(request.getAddress());
      return new Empty();
    }),
    getPluginInfo: unary(() => {
      const response = new PluginInfo();
      response.setVersion(version);
      return response;
    }),
    getSchema: unary(() => {
      const resources = Object.fromEntries(RESOURCE_TYPES.map((type) => [type, {}]));
      const response = new pb.GetSchemaResponse();
      response.setSchema(JSON.stringify({ name: "metal", version, resources }));
      return response;
    }),

    // The provider itself has nothing to configure: whatever a machine or a fabric needs is part of its resource.
    checkConfig: unary((request: pb.CheckRequest) => {
      const response = new pb.CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),
    diffConfig: unary(() => {
      const response = new pb.DiffResponse();
      response.setChanges(pb.DiffResponse.DiffChanges.DIFF_NONE);
      return response;
    }),
    configure: unary(() => {
      const response = new pb.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      return response;
    }),

    check: unary((request: pb.CheckRequest) => operations.check(request)),
    diff: unary((request: pb.DiffRequest) => operations.diff(request)),
    create: unary((request: pb.CreateRequest) => operations.create(request)),
    read: unary((request: pb.ReadRequest) => operations.read(request)),
    update: unary((request: pb.UpdateRequest) => operations.update(request)),
    delete: unary(async (request: pb.DeleteRequest) => {
      await operations.delete(request);
      return new Empty();
    }),
    cancel: unary(() => {
      operations.cancel();
      return new Empty();
    }),

    invoke: absent("functions"),
    call: absent("methods"),
    construct: absent("components"),
    parameterize: absent("parameters"),
    getMapping: absent("mappings"),
    getMappings: absent("mappings"),
  };
}

function unary<Request, Response>(
  work: (request: Request) => Response | Promise<Response>,
): Unary<Request, Response> {
  return (call, callback) => {
    Promise.resolve(call.request)
      .then(work)
      .then(
        (response) => callback(null, response),
        (failure: unknown) => callback(failure as Parameters<typeof callback>[0]),
      );
  };
}
