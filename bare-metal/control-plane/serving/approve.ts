import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type KubeApi, unlessStatus } from "../../../base/kubernetes/api";
import { follow } from "../../../base/kubernetes/follow";
import type { KubeObject } from "../../../base/kubernetes/objects";
import { recallJoin } from "../join/memory";
import { SERVING_SIGNER, servingRequestProblem, type SigningRequest } from "../join/serving-certificate";

const CSRS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const SELECTOR = `fieldSelector=${encodeURIComponent(`spec.signerName=${SERVING_SIGNER}`)}`;
/** After the API server could not be reached. */
const AGAIN_MS = 2_000;
const TOO_MANY_REQUESTS = 429;

export interface ApproverOptions {
  readonly signal: AbortSignal;
  /** Told of each decision. */
  readonly log: (line: string) => void;
}

/**
 * Decides on each kubelet's request for a serving certificate, the first and every renewal, until the signal comes. A
 * request is approved if a node that joined asks for its own name and the address that it joined with, and denied
 * otherwise.
 */
export async function approveServing(api: KubeApi, options: ApproverOptions): Promise<void> {
  const { signal, log } = options;
  let last: Promise<void> = Promise.resolve();
  const take = (request: SigningRequest): void => {
    last = last.then(() => untilDecided(api, request, options));
  };
  await follow<SigningRequest & KubeObject>(
    api,
    CSRS,
    {
      onList: (requests) => requests.forEach(take),
      onChange: (type, request) => {
        if (type === "ADDED") take(request);
      },
      onError: (error) => log(`${error.message}; again in a moment`),
    },
    signal,
    SELECTOR,
  );
  await last;
}

/** A node waits for its certificate: what fails for the moment is tried again, what the API server refuses is not. */
async function untilDecided(
  api: KubeApi,
  request: SigningRequest,
  { signal, log }: ApproverOptions,
): Promise<void> {
  while (!signal.aborted) {
    try {
      return await decide(api, request, log);
    } catch (error) {
      const refused = error instanceof ApiError && error.status < 500 && error.status !== TOO_MANY_REQUESTS;
      log(
        `${request.metadata.name}: ${(error as Error).message}${refused ? "" : `; again in ${AGAIN_MS / 1000} s`}`,
      );
      if (refused) return;
      await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function decide(api: KubeApi, request: SigningRequest, log: (line: string) => void): Promise<void> {
  if ((request.status?.conditions ?? []).length > 0) return;
  const { name } = request.metadata;
  const node = /^system:node:(.+)$/.exec(request.spec.username)?.[1] ?? "";
  const memory = await recallJoin(api, node);
  const problem = memory ? servingRequestProblem(request, memory) : `no node ${node} has joined`;
  const condition =
    problem === undefined
      ? { type: "Approved", reason: "LecternJoin", message: "the node's own name and address" }
      : { type: "Denied", reason: "LecternJoin", message: problem };
  // Not if somebody else decided, or it is gone.
  const decided = await unlessStatus(
    [404, 409],
    api.patch(`${CSRS}/${name}/approval`, { status: { conditions: [{ ...condition, status: "True" }] } }),
  );
  if (decided !== undefined)
    log(`${request.spec.username}, ${name}: ${condition.type.toLowerCase()}, ${condition.message}`);
}
