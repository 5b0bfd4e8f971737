import { setTimeout as sleep } from "node:timers/promises";
import { type KubeApi, unlessStatus } from "../../../base/kubernetes/api";
import { recallJoin } from "../join/memory";
import { SERVING_SIGNER, servingRequestProblem, type SigningRequest } from "../join/serving-certificate";

const CSRS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const SELECTOR = `fieldSelector=${encodeURIComponent(`spec.signerName=${SERVING_SIGNER}`)}`;
/** After the API server could not be reached. */
const AGAIN_MS = 2_000;

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
export async function approveServing(api: KubeApi, { signal, log }: ApproverOptions): Promise<void> {
  while (!signal.aborted) {
    try {
      const list = await api.get<{ metadata: { resourceVersion: string }; items: SigningRequest[] }>(
        `${CSRS}?${SELECTOR}`,
      );
      for (const request of list.items) await decide(api, request, log);
      let last: Promise<void> = Promise.resolve();
      await api.watch<SigningRequest & { metadata: { name: string; uid: string; resourceVersion: string } }>(
        CSRS,
        list.metadata.resourceVersion,
        signal,
        ({ type, object }) => {
          if (type === "ADDED")
            last = last.then(() => decide(api, object, log)).catch((e: unknown) => log(String(e)));
        },
        SELECTOR,
      );
      await last;
    } catch (error) {
      if (signal.aborted) return;
      log(`${(error as Error).message}; again in ${AGAIN_MS / 1000} s`);
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
