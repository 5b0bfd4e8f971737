import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import type { Fault } from "../../base/faults";
import { checkInputs } from "./check";
import { type Change, diffProperties } from "./diff";
import type { EngineLog } from "./engine";
import { defect, partlyDone, refused, withoutSecrets } from "./errors";
import { type AnyKind, type Context, PartialFailure } from "./kind";
import { type Path, pathText, valueAt } from "./paths";
import { kindOf } from "./registry";
import { type Properties, receive, type Received, send, UNKNOWN } from "./wire";

/** What every request of the engine about a resource tells. */
interface Subject {
  getUrn(): string;
  getType(): string;
}

/** The engine's requests about resources, turned into calls of their kinds. Rejects with what gRPC sends back. */
export class Operations {
  private readonly cancelled = new AbortController();

  constructor(private readonly log: EngineLog) {}

  /** Ends what is running and refuses what comes. */
  cancel(): void {
    this.cancelled.abort(new Error("cancelled by the operator"));
  }

  async check(request: pb.CheckRequest): Promise<pb.CheckResponse> {
    const news = receive(request.getNews());
    return this.guard([news], () => {
      const { inputs, secrets, faults } = checkInputs(kindFor(request), news);
      const response = new pb.CheckResponse();
      response.setInputs(send(inputs, secrets));
      response.setFailuresList(faults.map(checkFailure));
      return response;
    });
  }

  async diff(request: pb.DiffRequest): Promise<pb.DiffResponse> {
    const [olds, oldInputs, news] = [request.getOlds(), request.getOldInputs(), request.getNews()].map(
      receive,
    ) as [Received, Received, Received];
    return this.guard([olds, news], () => {
      const kind = kindFor(request);
      return diffResponse(kind, diffProperties(kind, oldInputs.value, olds.value, news.value));
    });
  }

  async create(request: pb.CreateRequest): Promise<pb.CreateResponse> {
    const news = receive(request.getProperties());
    return this.guard([news], async () => {
      const kind = kindFor(request);
      const response = new pb.CreateResponse();
      if (request.getPreview()) {
        response.setProperties(send(planned(news.value, kind.computed), [...news.secrets, ...kind.secrets]));
        return response;
      }
      const id = kind.id(news.value);
      const outputs = await this.recorded(id, kind, news, () =>
        kind.create(news.value, this.context(request, request.getTimeout())),
      );
      response.setId(id);
      response.setProperties(outputs);
      return response;
    });
  }

  async read(request: pb.ReadRequest): Promise<pb.ReadResponse> {
    const [olds, oldInputs] = [receive(request.getProperties()), receive(request.getInputs())];
    return this.guard([olds, oldInputs], async () => {
      const kind = kindFor(request);
      if (Object.keys(oldInputs.value).length === 0) {
        throw refused(`${request.getId()}: import is not supported; declare it, and what exists is adopted`);
      }
      const found = await kind.read(oldInputs.value, olds.value, this.context(request, 0));
      const response = new pb.ReadResponse();
      if (!found) return response;
      response.setId(request.getId());
      response.setInputs(send(found.inputs as Properties, [...oldInputs.secrets, ...kind.secrets]));
      const secrets = [...olds.secrets, ...oldInputs.secrets, ...kind.secrets];
      response.setProperties(send(found.outputs as Properties, secrets));
      return response;
    });
  }

  async update(request: pb.UpdateRequest): Promise<pb.UpdateResponse> {
    const [olds, news] = [receive(request.getOlds()), receive(request.getNews())];
    return this.guard([olds, news], async () => {
      const kind = kindFor(request);
      const response = new pb.UpdateResponse();
      if (request.getPreview()) {
        const changing = (kind.changes?.(olds.value, news.value) ?? kind.computed) as readonly string[];
        const kept = Object.fromEntries(kind.computed.map((name) => [name, olds.value[name]]));
        const outputs = planned({ ...news.value, ...kept } as Properties, changing);
        response.setProperties(send(outputs, [...news.secrets, ...kind.secrets]));
        return response;
      }
      const outputs = await this.recorded(request.getId(), kind, news, () =>
        kind.update(olds.value, news.value, this.context(request, request.getTimeout())),
      );
      response.setProperties(outputs);
      return response;
    });
  }

  async delete(request: pb.DeleteRequest): Promise<void> {
    const olds = receive(request.getProperties());
    await this.guard([olds], () =>
      kindFor(request).delete(olds.value, this.context(request, request.getTimeout())),
    );
  }

  /** The outputs of a create or update, as they go over the wire, also when it was done in part only. */
  private async recorded(
    id: string,
    kind: AnyKind,
    news: Received,
    work: () => Promise<object>,
  ): Promise<Struct> {
    const secrets = [...news.secrets, ...kind.secrets];
    try {
      return send((await work()) as Properties, secrets);
    } catch (error) {
      if (!(error instanceof PartialFailure)) throw error;
      throw partlyDone(
        id,
        send(error.outputs as Properties, secrets),
        withoutSecrets(error.message, texts(news)),
      );
    }
  }

  /** Turns whatever is thrown into what gRPC sends back, without secrets. */
  private async guard<T>(properties: readonly Received[], work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const failure = isDefect(error) ? defect(error) : refused(error.message);
      throw { ...failure, message: withoutSecrets(failure.message, properties.flatMap(texts)) };
    }
  }

  /** @param timeout in seconds; 0: none */
  private context(subject: Subject, timeout: number): Context {
    const signals = [this.cancelled.signal, ...(timeout > 0 ? [AbortSignal.timeout(timeout * 1000)] : [])];
    const urn = subject.getUrn();
    let lastStatus: string | undefined;
    return {
      signal: AbortSignal.any(signals),
      warn: (message) => this.log.warn(urn, message),
      status: (message) => {
        if (message === lastStatus) return;
        lastStatus = message;
        this.log.status(urn, message);
      },
    };
  }
}

function kindFor(subject: Subject): AnyKind {
  const type = subject.getType() || (subject.getUrn().split("::")[2]?.split("$").at(-1) ?? "");
  const kind = kindOf(type);
  if (!kind) throw refused(`provider metal has no resource of type ${type}`);
  return kind;
}

function planned(inputs: Properties, computed: readonly string[]): Properties {
  return { ...inputs, ...Object.fromEntries(computed.map((name) => [name, UNKNOWN])) };
}

/** Without the failure's `property`: the engine would print what the program wrote there, be it secret or not. */
function checkFailure({ path, value, problem, fix }: Fault): pb.CheckFailure {
  const failure = new pb.CheckFailure();
  failure.setReason(`${path} = ${value}\n    wrong: ${problem}\n    fix:   ${fix}`);
  return failure;
}

function diffResponse(kind: AnyKind, changes: readonly Change[]): pb.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = pb.DiffResponse.DiffChanges;
  const { Kind } = pb.PropertyDiff;
  const response = new pb.DiffResponse();
  response.setChanges(changes.length > 0 ? DIFF_SOME : DIFF_NONE);
  response.setHasdetaileddiff(true);
  const top = (all: readonly Change[]) => [...new Set(all.map((change) => String(change.path[0])))];
  response.setDiffsList(top(changes));
  response.setReplacesList(top(changes.filter((change) => change.replaces)));
  response.setDeletebeforereplace(kind.deleteBeforeReplace);
  for (const { path, how, replaces, input } of changes) {
    const detail = new pb.PropertyDiff();
    const name = `${how.toUpperCase() as "ADD"}${replaces ? "_REPLACE" : ""}` as "ADD" | "ADD_REPLACE";
    detail.setKind(Kind[name]);
    detail.setInputdiff(input);
    response.getDetaileddiffMap().set(pathText(path), detail);
  }
  return response;
}

/** Faults of the program, not of the world. */
function isDefect(error: Error): boolean {
  return [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);
}

/** Every secret text of the properties. */
function texts({ value, secrets }: Received): string[] {
  return secrets.flatMap((path: Path) => leaves(valueAt(value, path)));
}

function leaves(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leaves) : [];
}
