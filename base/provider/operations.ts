import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { checkInputs } from "./check";
import { diffProperties } from "./diff";
import type { EngineLog } from "./engine";
import { failureOf, partlyDone, refused } from "./errors";
import { type AnyKind, type Context, PartialFailure, type ProviderSpec, type Recorded } from "./kinds";
import { checkFailure, diffResponse } from "./responses";
import { secretTexts, withoutSecrets } from "./secrets";
import type { Path } from "../paths";
import { decode, type Decoded, encode, hasUnknown, type Properties, UNKNOWN } from "./wire";

/** What every request of the engine about a resource tells. */
interface Subject {
  getUrn(): string;
  getType(): string;
}

/** Properties of a request, made plain. */
type Read = (struct: Struct | undefined) => Decoded;

/** The engine's requests, turned into calls of kinds. Rejects with what gRPC sends back. */
export class Operations {
  private readonly cancelled = new AbortController();

  constructor(
    private readonly spec: ProviderSpec,
    private readonly log: EngineLog,
  ) {}

  /** Ends what is running and refuses what comes. */
  cancel(): void {
    this.cancelled.abort(new Error("cancelled by the operator"));
  }

  check(request: pb.CheckRequest): Promise<pb.CheckResponse> {
    return this.work(request, (kind, read) => {
      const news = read(request.getNews());
      const { inputs, faults } = checkInputs(kind, news);
      const response = new pb.CheckResponse();
      response.setInputs(encode(inputs, news.secrets, kind.secrets));
      response.setFailuresList(faults.map(checkFailure));
      return response;
    });
  }

  diff(request: pb.DiffRequest): Promise<pb.DiffResponse> {
    return this.work(request, (kind, read) => {
      const outputs = read(request.getOlds());
      const inputs = request.hasOldInputs() ? read(request.getOldInputs()) : outputs;
      const olds = recorded(request.getId(), inputs, outputs);
      const ignored = request.getIgnorechangesList();
      return diffResponse(kind, diffProperties(kind, olds, read(request.getNews()).values, ignored));
    });
  }

  create(request: pb.CreateRequest): Promise<pb.CreateResponse> {
    return this.work(request, async (kind, read) => {
      const news = read(request.getProperties());
      const response = new pb.CreateResponse();
      if (request.getPreview()) {
        await foresee(kind, undefined, news, this.context(request.getUrn(), 0, news));
        const outputs = withUnknown(news.values, kind.computed ?? []);
        return response.setProperties(encode(outputs, news.secrets, kind.secrets));
      }
      const context = this.context(request.getUrn(), request.getTimeout(), news);
      const { id, outputs } = await recording(kind, news, kind.create(news.values, context));
      return response.setId(id).setProperties(encodeOutputs(kind, news, outputs));
    });
  }

  read(request: pb.ReadRequest): Promise<pb.ReadResponse> {
    return this.work(request, async (kind, read) => {
      const [inputs, outputs] = [read(request.getInputs()), read(request.getProperties())];
      const id = request.getId();
      if (Object.keys(inputs.values).length === 0 && Object.keys(outputs.values).length === 0) {
        throw refused(`${id}: import is not supported; declare it, and what exists is adopted`);
      }
      const response = new pb.ReadResponse();
      if (!kind.read) {
        return response.setId(id).setInputs(request.getInputs()).setProperties(request.getProperties());
      }
      const context = this.context(request.getUrn(), 0, inputs);
      const olds = recorded(id, inputs, outputs);
      const found = await recording(kind, inputs, kind.read(olds, context));
      if (!found) return response;
      const both = { values: inputs.values, secrets: [...inputs.secrets, ...outputs.secrets] };
      return response
        .setId(id)
        .setInputs(encode(found.inputs, inputs.secrets, kind.secrets))
        .setProperties(encodeOutputs(kind, both, found.outputs));
    });
  }

  update(request: pb.UpdateRequest): Promise<pb.UpdateResponse> {
    return this.work(request, async (kind, read) => {
      const [outputs, news] = [read(request.getOlds()), read(request.getNews())];
      const response = new pb.UpdateResponse();
      if (request.getPreview()) {
        const old = request.hasOldInputs() ? read(request.getOldInputs()) : outputs;
        const olds = recorded(request.getId(), old, outputs);
        await foresee(kind, olds, news, this.context(request.getUrn(), 0, news));
        const computed = kind.computed ?? [];
        const kept = Object.fromEntries(computed.map((name) => [name, outputs.values[name]]));
        const changing = kind.changes?.(outputs.values, news.values) ?? computed;
        const planned = withUnknown({ ...news.values, ...kept }, changing);
        return response.setProperties(encode(planned, news.secrets, kind.secrets));
      }
      if (!kind.update) throw refused(`${request.getUrn()}: cannot be updated in place`);
      const inputs = request.hasOldInputs() ? read(request.getOldInputs()) : outputs;
      const olds = recorded(request.getId(), inputs, outputs);
      const context = this.context(request.getUrn(), request.getTimeout(), news);
      const updated = await recording(kind, news, kind.update(olds, news.values, context));
      return response.setProperties(encodeOutputs(kind, news, updated));
    });
  }

  delete(request: pb.DeleteRequest): Promise<void> {
    return this.work(request, async (kind, read) => {
      const outputs = read(request.getProperties());
      const inputs = request.hasOldInputs() ? read(request.getOldInputs()) : outputs;
      const context = this.context(request.getUrn(), request.getTimeout(), inputs);
      await kind.delete?.(recorded(request.getId(), inputs, outputs), context);
    });
  }

  invoke(request: pb.InvokeRequest): Promise<pb.InvokeResponse> {
    return guarded({}, async (read) => {
      const found = this.spec.functions?.[request.getTok()]?.();
      if (!found) throw refused(`provider ${this.spec.name} has no function ${request.getTok()}`);
      const args = read(request.getArgs());
      const result = (await found.invoke(args.values, this.context("", 0, args))) as Properties;
      // Whatever it found out by means of a secret is one.
      const secrets = args.secrets.length > 0 ? Object.keys(result).map((key) => [key]) : [];
      return new pb.InvokeResponse().setReturn(encode(result, secrets));
    });
  }

  private async work<T>(subject: Subject, work: (kind: AnyKind, read: Read) => T | Promise<T>): Promise<T> {
    const type = subject.getType() || (subject.getUrn().split("::")[2]?.split("$").at(-1) ?? "");
    const kind = this.spec.kinds[type]?.();
    if (!kind) throw refused(`provider ${this.spec.name} has no resource of type ${type}`);
    return guarded(kind, (read) => work(kind, read));
  }

  /** @param timeout in seconds; 0: none */
  private context(urn: string, timeout: number, inputs: Decoded): Context {
    const signals = [this.cancelled.signal, ...(timeout > 0 ? [AbortSignal.timeout(timeout * 1000)] : [])];
    let lastStatus: string | undefined;
    return {
      signal: AbortSignal.any(signals),
      hasSecrets: inputs.secrets.length > 0,
      info: (message) => this.log.info(urn, message),
      warn: (message) => this.log.warn(urn, message),
      status: (message) => {
        if (message === lastStatus) return;
        lastStatus = message;
        this.log.status(urn, message);
      },
    };
  }
}

/** Turns whatever is thrown into what gRPC sends back, without any secret that was read. */
async function guarded<T>(
  { assets = false }: Pick<AnyKind, "assets">,
  work: (read: Read) => T | Promise<T>,
): Promise<T> {
  const all: Decoded[] = [];
  try {
    return await work((struct) => {
      const decoded = decode(struct, { assets });
      all.push(decoded);
      return decoded;
    });
  } catch (error) {
    throw failureOf(error, all.flatMap(secretTexts));
  }
}

/** Has a kind tell what it would do; that it cannot tell is no reason for a preview to fail. */
async function foresee(
  kind: AnyKind,
  olds: Recorded<Properties, Properties> | undefined,
  news: Decoded,
  context: Context,
): Promise<void> {
  if (!kind.foresee || hasUnknown(news.values)) return;
  try {
    await kind.foresee(olds, news.values, context);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    context.warn(withoutSecrets(text, secretTexts(news)));
  }
}

/** The result of an operation; what was done in part goes to the engine with its outputs. */
async function recording<T>(kind: AnyKind, news: Decoded, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof PartialFailure)) throw error;
    throw partlyDone(
      error.id,
      encodeOutputs(kind, news, error.outputs),
      encode(news.values, news.secrets, kind.secrets),
      withoutSecrets(error.message, secretTexts(news)),
    );
  }
}

/** Outputs with their secrets marked: those of the inputs, those of the kind, and what secrets spread to. */
function encodeOutputs(kind: AnyKind, { values, secrets }: Decoded, given: object): Struct {
  const outputs = given as Properties;
  const spread = kind.secretsSpread === true && secrets.length > 0;
  const others = spread ? Object.keys(outputs).filter((key) => !(key in values)) : [];
  return encode(outputs, secrets, [...(kind.secrets ?? []), ...others.map((key) => [key])]);
}

function recorded(id: string, inputs: Decoded, outputs: Decoded): Recorded<Properties, Properties> {
  return { id, inputs: inputs.values, outputs: outputs.values };
}

/** The properties with some of their places unknown. A place in an object that is not there makes that. */
function withUnknown(properties: Properties, places: readonly (string | Path)[]): Properties {
  return places.reduce<Properties>(
    (planned, place) => unknownAt(planned, typeof place === "string" ? [place] : place),
    properties,
  );
}

function unknownAt(held: Properties, [step = "", ...rest]: Path): Properties {
  const inner = held[step];
  if (rest.length === 0 || inner === UNKNOWN) return { ...held, [step]: UNKNOWN };
  return { ...held, [step]: unknownAt((inner ?? {}) as Properties, rest) };
}
