import { mkdtempSync, readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "../base/wait";
import { startControlPlane, stopControlPlane, toolsFromPath } from "../bare-metal/control-plane";
import { admissionObjects } from "../policies/admission";
import { COURSE_LABEL, type PolicyObject } from "../policies/rule";
import { asking, coursePolicy, GPU, NAMESPACE, pod, SURROUNDINGS } from "../policies/rules/examples";
import { ensureTools } from "../toolchain/resolve";
import { benchEnvironment, CLONE, lectern, measure, median } from "./support/room";

const LIMITS = { addedP99Ms: 2, previewShare: 0.1, startUpMs: 1500, exceeded: 0 };
/** Pod creates measured with the rules and without them, in turn. */
const ROUNDS = 4;
const CREATES = 250;
const REQUESTS = 10_000;
const QUOTA_GPUS = 16;
const PREVIEWS = 3;

/** What the rules cost a pod and a preview, and whether a course can exceed its quota by asking all at once. */
export async function run(): Promise<object> {
  const toolbox = await ensureTools("lab", { offline: true });
  process.env["PATH"] = `${toolbox.searchPath()}:/usr/sbin:/sbin`;
  process.env["LECTERN_KWOK_STAGES"] = toolbox.data("kwok-stages");
  const api = await Api.start("127.87.6.1");
  try {
    return {
      limits: LIMITS,
      admission: await admission(api),
      quota: await quota(api),
      preview: await preview(),
    };
  } finally {
    await api.stop();
  }
}

/** Milliseconds of a pod create, with all rules in force and with none, in turn on one API server. */
async function admission(api: Api): Promise<object> {
  const times = { none: [] as number[], rules: [] as number[] };
  const rules = admissionObjects() as unknown as PolicyObject[];
  for (let round = 0; round < ROUNDS; round++) {
    times.none.push(...(await creates(api, `none-${round}`)));
    for (const object of rules) await api.create(object);
    await waitFor(
      "the rules in force",
      async () => (await api.create(pod({ hostPID: true }))) === 422 || undefined,
      {
        timeout: 60_000,
      },
    );
    times.rules.push(...(await creates(api, `rules-${round}`)));
    for (const object of [...rules].reverse()) await api.remove(object);
    await waitFor(
      "no rule in force",
      async () =>
        (await api.create(pod({ hostPID: true }, undefined, { name: `free-${round}` }))) < 300 || undefined,
      {
        timeout: 60_000,
      },
    );
  }
  const at = (list: readonly number[], share: number) =>
    [...list].sort((a, b) => a - b)[Math.floor(list.length * share)] ?? NaN;
  return {
    noneMs: { p50: at(times.none, 0.5), p99: at(times.none, 0.99) },
    rulesMs: { p50: at(times.rules, 0.5), p99: at(times.rules, 0.99) },
    addedP50Ms: at(times.rules, 0.5) - at(times.none, 0.5),
    addedP99Ms: at(times.rules, 0.99) - at(times.none, 0.99),
  };
}

async function creates(api: Api, name: string): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < CREATES; i++) {
    const start = process.hrtime.bigint();
    const status = await api.create(pod({}, undefined, { name: `${name}-${i}` }));
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
    if (status >= 300) throw new Error(`pod ${name}-${i}: status ${status}`);
  }
  return times;
}

/** Asks for one GPU each, all at once, under a quota of a few. */
async function quota(api: Api): Promise<object> {
  const hard = { [`requests.${GPU}`]: String(QUOTA_GPUS) };
  await api.create({
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "course", namespace: NAMESPACE },
    spec: { hard },
  });
  await waitFor("the quota counted", async () => (await api.usedGpus()) === 0 || undefined, {
    timeout: 120_000,
  });
  const one = asking({ [GPU]: "1" });
  const annotations = { "scheduling.volcano.sh/queue-name": NAMESPACE };
  const statuses = await Promise.all(
    Array.from({ length: REQUESTS }, (_, i) =>
      api.create(pod({ schedulerName: "volcano" }, one, { name: `greedy-${i}`, annotations })),
    ),
  );
  const accepted = statuses.filter((status) => status < 300).length;
  return {
    requests: REQUESTS,
    quota: QUOTA_GPUS,
    accepted,
    used: await api.usedGpus(),
    exceeded: Math.max(0, accepted - QUOTA_GPUS),
  };
}

/** The preview of a course with the pack and without it, in turn, and the start of the pack alone. */
async function preview(): Promise<object> {
  await measure(lectern("lab", "up", "--no-proof"));
  try {
    const { stdout } = await measure(lectern("lab", "env", "--json"));
    const withPack = { ...benchEnvironment, ...(JSON.parse(stdout) as Record<string, string>) };
    const without = { ...withPack, PULUMI_OPTION_POLICY_PACK: undefined };
    const command: [string, ...string[]] = [
      "pulumi",
      "preview",
      "--stack",
      "cxr-diagnosis",
      "--non-interactive",
    ];
    const times = { pack: [] as number[], none: [] as number[] };
    for (let i = 0; i < PREVIEWS; i++) {
      times.none.push((await measure(command, { env: without })).wallMs);
      times.pack.push((await measure(command, { env: withPack })).wallMs);
    }
    const startUps: number[] = [];
    for (let i = 0; i < PREVIEWS; i++) startUps.push(await startUp());
    const share = 1 - median(times.none) / median(times.pack);
    return { noneMs: median(times.none), packMs: median(times.pack), share, startUpMs: median(startUps) };
  } finally {
    await measure(lectern("lab", "down", "--purge"));
  }
}

/** Milliseconds until the pack says where it listens. */
async function startUp(): Promise<number> {
  const start = process.hrtime.bigint();
  const runner = join(CLONE, "toolchain/pulumi-plugins/nodejs/run-plain.js");
  const child = spawn(process.execPath, [runner, join(CLONE, "policies")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await new Promise((done) => child.stdout.once("data", done));
    return Number(process.hrtime.bigint() - start) / 1e6;
  } finally {
    child.kill();
  }
}

/** The few calls of the API server that are measured. */
class Api {
  private constructor(
    private readonly dir: string,
    private readonly server: string,
    private readonly agent: Agent,
  ) {}

  static async start(address: string): Promise<Api> {
    const dir = mkdtempSync(join(tmpdir(), "lectern-bench-"));
    const networks = { podCidr: "10.89.0.0/17", serviceCidr: "10.89.128.0/17" };
    const { server } = await startControlPlane({
      dir,
      address,
      port: 6443,
      ...networks,
      tools: toolsFromPath(),
    });
    const pki = (file: string) => readFileSync(join(dir, "pki", file));
    const tls = { ca: pki("ca.crt"), cert: pki("admin.crt"), key: pki("admin.key") };
    const api = new Api(dir, server, new Agent({ ...tls, keepAlive: true, maxSockets: 256 }));
    const labels = { [COURSE_LABEL]: "x" };
    await api.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE, labels } });
    for (const object of SURROUNDINGS.filter(({ kind }) => kind !== "ResourceQuota"))
      await api.create(object);
    await api.create(coursePolicy);
    await waitFor(
      "the namespace's account",
      async () => (await api.create(pod({}, undefined, { name: "first" }))) < 300 || undefined,
      {
        timeout: 30_000,
      },
    );
    return api;
  }

  async stop(): Promise<void> {
    this.agent.destroy();
    await stopControlPlane(this.dir, { removeData: true });
  }

  async create(object: PolicyObject): Promise<number> {
    return (await this.send("POST", collection(object), object)).status;
  }

  async remove(object: PolicyObject): Promise<void> {
    await this.send("DELETE", `${collection(object)}/${object.metadata?.name ?? ""}`);
  }

  async usedGpus(): Promise<number> {
    const { body } = await this.send("GET", `/api/v1/namespaces/${NAMESPACE}/resourcequotas/course`);
    const { status } = JSON.parse(body) as { status?: { used?: Record<string, string> } };
    return Number(status?.used?.[`requests.${GPU}`] ?? NaN);
  }

  private send(method: string, path: string, object?: object): Promise<{ status: number; body: string }> {
    const payload = object === undefined ? undefined : Buffer.from(JSON.stringify(object));
    const headers = payload && { "content-type": "application/json", "content-length": payload.length };
    return new Promise((resolve, reject) => {
      const call = request(
        new URL(path, this.server),
        { method, agent: this.agent, ...(headers && { headers }) },
        (response) => {
          let body = "";
          response.setEncoding("utf8").on("data", (text: string) => (body += text));
          response.once("end", () => resolve({ status: response.statusCode ?? 0, body }));
        },
      );
      call.once("error", reject);
      call.end(payload);
    });
  }
}

function collection({ apiVersion = "v1", kind, metadata }: PolicyObject): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const within = metadata?.namespace === undefined ? "" : `/namespaces/${metadata.namespace}`;
  const plural = kind.toLowerCase().replace(/y$/, "ie").replace(/(s)$/, "$1e");
  return `${root}${within}/${plural}s`;
}
