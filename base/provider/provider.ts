import type { sendUnaryData, ServerUnaryCall, UntypedServiceImplementation } from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { compareInputs } from "./diff";
import { EngineLog } from "./engine";
import { serviceError } from "./errors";
import type { CheckFailure, Context, Difference, InvokeKind, ResourceKind } from "./kinds";
import { decode, encode, type Decoded, type Properties, type SecretPath } from "./wire";

/** What a provider is made of. */
export interface ProviderSpec {
  /** Plugin version, as in its folder's name. */
  readonly version: string;
  readonly kinds: readonly ResourceKind[];
  readonly invokes?: readonly InvokeKind[];
  /** host:port of the engine, for messages. */
  readonly engineAddress?: string | undefined;
}

type Handler<Q, R> = (request: Q) => R | Promise<R>;

/** Serves Pulumi's ResourceProvider protocol (sdk/proto/pulumi/provider.proto) for a set of resource kinds. */
export class Provider {
  private readonly kinds: ReadonlyMap<string, ResourceKind>;
  private readonly invokes: ReadonlyMap<string, InvokeKind>;
  private readonly log: EngineLog;
  private readonly cancelled = new AbortController();

  constructor(private readonly spec: ProviderSpec) {
    this.kinds = new Map(spec.kinds.map((kind) => [kind.token, kind]));
    this.invokes = new Map((spec.invokes ?? []).map((invoke) => [invoke.token, invoke]));
    this.log = new EngineLog(spec.engineAddress);
  }

  /** Handlers for a gRPC server; what is not among them answers "unimplemented". */
  service(): UntypedServiceImplementation {
    return {
      handshake: unary(() =>
        new pb.ProviderHandshakeResponse()
          .setAcceptSecrets(true)
          .setAcceptResources(false)
          .setAcceptOutputs(false),
      ),
      getPluginInfo: unary(() => new PluginInfo().setVersion(this.spec.version)),
      attach: unary(() => new Empty()),
      cancel: unary(() => {
        this.cancelled.abort(new Error("cancelled by the operator"));
        return new Empty();
      }),
      checkConfig: unary((request: pb.CheckRequest) => new pb.CheckResponse().setInputs(request.getNews())),
      diffConfig: unary(() => new pb.DiffResponse().setChanges(pb.DiffResponse.DiffChanges.DIFF_NONE)),
      configure: unary(() => new pb.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true)),
      check: unary((request: pb.CheckRequest) => this.check(request)),
      diff: unary((request: pb.DiffRequest) => this.diff(request)),
      create: unary((request: pb.CreateRequest) => this.create(request)),
      read: unary((request: pb.ReadRequest) => this.read(request)),
      update: unary((request: pb.UpdateRequest) => this.update(request)),
      delete: unary((request: pb.DeleteRequest) => this.delete(request)),
      invoke: unary((request: pb.InvokeRequest) => this.invoke(request)),
    };
  }

  private check(request: pb.CheckRequest): pb.CheckResponse {
    const news = decode(request.getNews());
    const result = this.kind(request.getUrn()).check?.(news.values, decode(request.getOlds()).values);
    return new pb.CheckResponse()
      .setInputs(encode(result?.inputs ?? news.values, news.secrets))
      .setFailuresList((result?.failures ?? []).map(failure));
  }

  private diff(request: pb.DiffRequest): pb.DiffResponse {
    const kind = this.kind(request.getUrn());
    const oldOutputs = decode(request.getOlds()).values;
    const oldInputs = request.hasOldInputs() ? decode(request.getOldInputs()).values : oldOutputs;
    const ignored = request.getIgnorechangesList();
    const news = decode(request.getNews()).values;
    const difference: Difference =
      kind.diff?.({ id: request.getId(), oldInputs, oldOutputs, news }) ??
      compareInputs(oldInputs, news, kind.replaceOn);
    return diffResponse(kind, oldInputs, news, {
      ...difference,
      changes: difference.changes.filter((key) => !ignored.includes(key)),
      replaces: difference.replaces.filter((key) => !ignored.includes(key)),
    });
  }

  private async create(request: pb.CreateRequest): Promise<pb.CreateResponse> {
    const kind = this.kind(request.getUrn());
    const inputs = decode(request.getProperties());
    // Outputs that are left out are unknown to the program during a preview.
    if (request.getPreview()) {
      return new pb.CreateResponse().setProperties(encode(inputs.values, inputs.secrets));
    }
    const secretsOf = (outputs: Properties) => outputSecrets(kind, inputs, outputs);
    try {
      const { id, outputs } = await kind.create(
        inputs.values,
        this.context(request.getUrn(), request.getTimeout(), inputs),
      );
      return new pb.CreateResponse()
        .setId(id)
        .setProperties(encode(outputs as Properties, secretsOf(outputs as Properties)));
    } catch (error) {
      throw serviceError(error, inputs.values, secretsOf);
    }
  }

  private async read(request: pb.ReadRequest): Promise<pb.ReadResponse> {
    const kind = this.kind(request.getUrn());
    const outputs = decode(request.getProperties());
    const inputs = request.hasInputs() ? decode(request.getInputs()) : { values: {}, secrets: [] };
    if (!kind.read) {
      return new pb.ReadResponse()
        .setId(request.getId())
        .setProperties(request.getProperties())
        .setInputs(request.getInputs());
    }
    const secretsOf = (found: Properties) => [...outputs.secrets, ...outputSecrets(kind, inputs, found)];
    try {
      const recorded = { inputs: inputs.values, outputs: outputs.values };
      const found = await kind.read(request.getId(), recorded, this.context(request.getUrn(), 0, inputs));
      if (!found) return new pb.ReadResponse();
      return new pb.ReadResponse()
        .setId(found.id)
        .setProperties(encode(found.outputs as Properties, secretsOf(found.outputs as Properties)))
        .setInputs(encode(found.inputs as Properties, [...inputs.secrets, ...outputs.secrets]));
    } catch (error) {
      throw serviceError(error, inputs.values, secretsOf);
    }
  }

  private async update(request: pb.UpdateRequest): Promise<pb.UpdateResponse> {
    const kind = this.kind(request.getUrn());
    const news = decode(request.getNews());
    if (request.getPreview()) return new pb.UpdateResponse().setProperties(encode(news.values, news.secrets));
    const secretsOf = (outputs: Properties) => outputSecrets(kind, news, outputs);
    if (!kind.update) throw serviceError(new Error(`${kind.token} cannot be updated in place`));
    const outputs = decode(request.getOlds()).values;
    const inputs = request.hasOldInputs() ? decode(request.getOldInputs()).values : outputs;
    try {
      const context = this.context(request.getUrn(), request.getTimeout(), news);
      const updated = (await kind.update(
        request.getId(),
        { inputs, outputs },
        news.values,
        context,
      )) as Properties;
      return new pb.UpdateResponse().setProperties(encode(updated, secretsOf(updated)));
    } catch (error) {
      throw serviceError(error, news.values, secretsOf);
    }
  }

  private async delete(request: pb.DeleteRequest): Promise<Empty> {
    const outputs = decode(request.getProperties());
    const inputs = request.hasOldInputs() ? decode(request.getOldInputs()) : outputs;
    const context = this.context(request.getUrn(), request.getTimeout(), inputs);
    const recorded = { inputs: inputs.values, outputs: outputs.values };
    await this.kind(request.getUrn()).delete?.(request.getId(), recorded, context);
    return new Empty();
  }

  private async invoke(request: pb.InvokeRequest): Promise<pb.InvokeResponse> {
    const kind = this.invokes.get(request.getTok());
    if (!kind) throw new Error(`this provider has no function ${request.getTok()}`);
    const args = decode(request.getArgs());
    const result = (await kind.invoke(args.values, this.context("", 0, args))) as Properties;
    const secrets = args.secrets.length > 0 ? Object.keys(result).map((key) => [key]) : [];
    return new pb.InvokeResponse().setReturn(encode(result, secrets));
  }

  private kind(urn: string): ResourceKind {
    // urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>
    const token = urn.split("::")[2]?.split("$").at(-1) ?? "";
    const kind = this.kinds.get(token);
    if (!kind) throw new Error(`this provider has no resource ${token || urn}`);
    return kind;
  }

  private context(urn: string, timeoutSeconds: number, inputs: Decoded): Context {
    return {
      urn,
      signal: this.cancelled.signal,
      timeoutSeconds,
      hasSecrets: inputs.secrets.length > 0,
      log: this.log.forResource(urn),
    };
  }
}

/** Which outputs are secret: those the kind names, those named as a secret input, and what secrets spread to. */
function outputSecrets(kind: ResourceKind, inputs: Decoded, outputs: Properties): SecretPath[] {
  const spread = kind.secretsSpread === true && inputs.secrets.length > 0;
  const wholly = Object.keys(outputs).filter(
    (key) => kind.secretOutputs?.includes(key) === true || (spread && !(key in inputs.values)),
  );
  return [...inputs.secrets, ...wholly.map((key) => [key])];
}

function diffResponse(
  kind: ResourceKind,
  olds: Properties,
  news: Properties,
  found: Difference,
): pb.DiffResponse {
  const { DIFF_SOME, DIFF_NONE } = pb.DiffResponse.DiffChanges;
  const response = new pb.DiffResponse()
    .setChanges(found.changes.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setDiffsList([...found.changes])
    .setReplacesList([...found.replaces])
    .setDeletebeforereplace(found.deleteBeforeReplace ?? kind.deleteBeforeReplace ?? false)
    .setHasdetaileddiff(true);
  const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = pb.PropertyDiff.Kind;
  for (const key of found.changes) {
    const replaces = found.replaces.includes(key);
    const before = olds[key] !== undefined && olds[key] !== null;
    const after = news[key] !== undefined && news[key] !== null;
    const change = !before
      ? replaces
        ? ADD_REPLACE
        : ADD
      : !after
        ? replaces
          ? DELETE_REPLACE
          : DELETE
        : replaces
          ? UPDATE_REPLACE
          : UPDATE;
    response
      .getDetaileddiffMap()
      .set(key, new pb.PropertyDiff().setKind(change).setInputdiff(key in news || key in olds));
  }
  return response;
}

function failure({ property, reason }: CheckFailure): pb.CheckFailure {
  return new pb.CheckFailure().setProperty(property).setReason(reason);
}

function unary<Q, R>(handler: Handler<Q, R>) {
  return (call: ServerUnaryCall<Q, R>, callback: sendUnaryData<R>): void => {
    void (async () => handler(call.request))().then(
      (response) => callback(null, response),
      (error: unknown) => callback("metadata" in Object(error) ? (error as never) : serviceError(error)),
    );
  };
}
