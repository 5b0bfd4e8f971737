import { setTimeout as sleep } from "node:timers/promises";
import { readIfThere } from "../files";
import { KubeApi, parseKubeconfig } from "./api";

/** How often the kubeconfig, or an API server that does not answer, is looked at. */
const LOOK_MS = 250;

/**
 * Serves one cluster after another, as the kubeconfig names them, until the signal comes. The file may come later, be
 * replaced, and go: the work on a cluster is told to end then.
 * @param serve Works on one cluster until its signal comes.
 */
export async function serveClusters(
  kubeconfig: string,
  signal: AbortSignal,
  log: (line: string) => void,
  serve: (api: KubeApi, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  log("waiting for a cluster");
  while (!signal.aborted) {
    const text = readIfThere(kubeconfig);
    if (text !== undefined) await serveCluster(kubeconfig, text, signal, log, serve);
    await pause(signal);
  }
}

async function serveCluster(
  kubeconfig: string,
  text: string,
  signal: AbortSignal,
  log: (line: string) => void,
  serve: (api: KubeApi, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const ended = new AbortController();
  const both = AbortSignal.any([signal, ended.signal]);
  const watching = (async (): Promise<void> => {
    while (!both.aborted) {
      if (readIfThere(kubeconfig) !== text) ended.abort();
      await pause(both);
    }
  })();
  const api = new KubeApi(parseKubeconfig(text));
  try {
    if (await answering(api, both)) {
      log(`cluster at ${api.connection.server}`);
      await serve(api, both);
    }
  } finally {
    ended.abort();
    await watching;
    api.close();
    log("cluster is gone, or the program is to stop");
  }
}

async function answering(api: KubeApi, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    try {
      await api.get("/api/v1/namespaces/kube-system");
      return true;
    } catch {
      await pause(signal);
    }
  }
  return false;
}

async function pause(signal: AbortSignal): Promise<void> {
  await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
}
