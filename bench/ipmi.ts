import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpus, loadavg } from "node:os";
import { Fleet } from "../bare-metal/ipmi/fleet";
import { startLightBmc } from "../tests/fixtures/ipmi/light-bmc";
import { type Bmcs, startBmcs } from "./support/bmcs";
import { CLONE, lectern, measure, median } from "./support/room";

const BMCS = 500;
/** Of all programs in turn. */
const ROUNDS = 10;
/** These take from 4 to 20 seconds each. */
const SLOW_RUNS = { silentIpmipower: 1, silent: 3 };
/** Of each program whose processor time is taken. */
const CPU_RUNS = 5;
/** Datagrams that a BMC gets for one status: the least that the specification allows a new session. */
const ROUND_TRIPS = 5;
const SILENT = BMCS / 10;
const ENDPOINTS = [1_000, 2_500, 5_000] as const;
const ENDPOINT_HOST = "127.94.16.1";

/** What the project promises; ratios are to the peer's median. */
const LIMITS = {
  coldToIpmipower: 1.0,
  coldToIpmitool: 0.03,
  roundTrips: 7,
  warmToIpmipower: 0.15,
  silentToIpmipower: 0.25,
  healthyP99Ms: 1_000,
  peakBytes: 150e6,
};

/** Power status of many BMCs: `lectern bmc` as a whole process beside FreeIPMI's and OpenIPMI's tools. */
export async function run(signal: AbortSignal): Promise<Record<string, unknown>> {
  const loadBefore = loadavg()[0];
  const bmcs = await startBmcs("127.94.0", BMCS, signal);
  let results: Record<string, unknown>;
  try {
    const { cold, ipmipower, ipmitool, rounds } = await sideBySide(bmcs);
    const floor = await floorOf(bmcs);
    const warm = await warmRounds(bmcs);
    const silent = await withSilent(bmcs);
    results = {
      bmcs: BMCS,
      coldMs: cold,
      ipmipowerMs: ipmipower,
      coldRounds: rounds,
      ipmitoolMs: ipmitool,
      coldToIpmipower: cold / ipmipower,
      coldToIpmitool: cold / ipmitool,
      coldLimitMs: LIMITS.coldToIpmitool * ipmitool,
      floor,
      warmMs: warm,
      warmToIpmipower: warm / ipmipower,
      ...silent,
    };
  } finally {
    await bmcs.stop();
  }
  const roundTrips = await roundTripsOfStatus();
  const endpoints = await manyEndpoints(signal);
  return {
    ...results,
    roundTrips,
    endpoints,
    limits: LIMITS,
    load: { before: loadBefore, after: loadavg()[0] },
  };
}

async function sideBySide(bmcs: Bmcs) {
  const rounds: { lecternMs: number; ipmipowerMs: number; ipmitoolMs: number }[] = [];
  for (let n = 0; n <= ROUNDS; n += 1) {
    const round = {
      lecternMs: await lecternStatus(bmcs),
      ipmipowerMs: await ipmipowerStatus(bmcs),
      ipmitoolMs: await ipmitoolStatus(bmcs),
    };
    // The first of each warms files and caches up.
    if (n > 0) rounds.push(round);
  }
  return {
    cold: median(rounds.map(({ lecternMs }) => lecternMs)),
    ipmipower: median(rounds.map(({ ipmipowerMs }) => ipmipowerMs)),
    ipmitool: median(rounds.map(({ ipmitoolMs }) => ipmitoolMs)),
    rounds,
  };
}

/**
 * What nobody can be faster than on this machine: the BMCs are simulated on it too, and take their part of its
 * processors. Then what a program of Node.js cannot be faster than.
 */
async function floorOf(bmcs: Bmcs): Promise<object> {
  const { hosts, env, signal } = bmcs;
  const ofNode = (...words: string[]) =>
    times(CPU_RUNS, async () => (await measure([process.execPath, ...words], { env, signal })).wallMs);
  const lecternCpu = await processorTimes(bmcs, lecternArgv(bmcs));
  const ipmipowerCpu = await processorTimes(bmcs, ipmipowerArgv(bmcs));
  const both = ({ clientMs, bmcsMs }: typeof lecternCpu) => (clientMs + bmcsMs) / cpus().length;
  const bmcsMs = Math.min(lecternCpu.bmcsMs, ipmipowerCpu.bmcsMs);
  return {
    cpus: cpus().length,
    lectern: { ...lecternCpu, wallAtLeastMs: both(lecternCpu) },
    ipmipower: { ...ipmipowerCpu, wallAtLeastMs: both(ipmipowerCpu) },
    anyClientMs: bmcsMs / cpus().length,
    nodeStartMs: await ofNode("-e", "0"),
    bareNodeClientMs: await ofNode("bench/support/bare-client.js", hosts.join(","), String(ROUND_TRIPS)),
  };
}

/** Of one program and of the BMCs meanwhile. */
async function processorTimes(
  bmcs: Bmcs,
  argv: [string, ...string[]],
): Promise<{ clientMs: number; bmcsMs: number }> {
  const { env, signal } = bmcs;
  const [clients, simulated]: [number[], number[]] = [[], []];
  for (let n = 0; n < CPU_RUNS; n += 1) {
    const before = bmcs.cpu();
    const { cpuMs } = await measure(argv, { env, signal, cpu: true });
    clients.push(cpuMs);
    simulated.push(bmcs.cpu() - before);
  }
  return { clientMs: median(clients), bmcsMs: median(simulated) };
}

function lecternArgv({ hosts, user, files }: Bmcs): [string, ...string[]] {
  const login = ["--user", user, "--password-file", files.password, "--cipher-suite", "3"];
  return lectern("bmc", "power", "status", hosts.join(","), ...login);
}

async function lecternStatus(bmcs: Bmcs, silent = 0): Promise<number> {
  const { hosts, env, signal } = bmcs;
  const argv = lecternArgv(bmcs);
  const { wallMs, stdout } = await measure(argv, { env, signal, statuses: silent > 0 ? [1] : [0] });
  expectAnswers(stdout, hosts.length - silent, "lectern");
  return wallMs;
}

function ipmipowerArgv({ hosts, files }: Bmcs): [string, ...string[]] {
  return ["ipmipower", `--config-file=${files.freeipmi}`, "-h", hosts.join(","), "--stat"];
}

async function ipmipowerStatus(bmcs: Bmcs, silent = 0): Promise<number> {
  const { hosts, env, signal } = bmcs;
  const { wallMs, stdout } = await measure(ipmipowerArgv(bmcs), { env, signal, statuses: [0, 1] });
  expectAnswers(stdout, hosts.length - silent, "ipmipower");
  return wallMs;
}

async function ipmitoolStatus({ hosts, user, files, env, signal }: Bmcs): Promise<number> {
  const ask = [
    "ipmitool",
    "-I",
    "lanplus",
    "-C",
    "3",
    "-U",
    user,
    "-E",
    "-H",
    "{}",
    "chassis",
    "power",
    "status",
  ];
  const { wallMs, stdout } = await measure(["xargs", "-a", files.hosts, "-P8", "-I{}", ...ask], {
    env,
    signal,
  });
  expectAnswers(stdout, hosts.length, "ipmitool");
  return wallMs;
}

/** Later rounds over sessions that are kept. */
async function warmRounds({ targets, signal }: Bmcs): Promise<number> {
  const fleet = new Fleet({ keepSessions: true });
  try {
    const rounds: number[] = [];
    for (let n = 0; n <= ROUNDS; n += 1) {
      const start = performance.now();
      for await (const result of fleet.each(targets, (ipmi) => ipmi.chassisStatus(), signal)) {
        if (!result.ok) throw result.error;
      }
      // The first opens the sessions.
      if (n > 0) rounds.push(performance.now() - start);
    }
    return median(rounds);
  } finally {
    await fleet.close();
  }
}

/** A tenth of the BMCs says nothing. */
async function withSilent(bmcs: Bmcs): Promise<object> {
  bmcs.hush(SILENT);
  try {
    const silentMs = await times(SLOW_RUNS.silent, () => lecternStatus(bmcs, SILENT));
    const silentIpmipowerMs = await times(SLOW_RUNS.silentIpmipower, () => ipmipowerStatus(bmcs, SILENT));
    return {
      silentMs,
      silentIpmipowerMs,
      silentRuns: SLOW_RUNS.silent,
      silentIpmipowerRuns: SLOW_RUNS.silentIpmipower,
      silentToIpmipower: silentMs / silentIpmipowerMs,
      healthyP99Ms: await times(SLOW_RUNS.silent, () => healthyP99(bmcs)),
    };
  } finally {
    bmcs.wake();
  }
}

async function healthyP99({ targets, signal }: Bmcs): Promise<number> {
  const fleet = new Fleet();
  const start = performance.now();
  const known: number[] = [];
  for await (const { ok } of fleet.each(targets, (ipmi) => ipmi.chassisStatus(), signal)) {
    if (ok) known.push(performance.now() - start);
  }
  await fleet.close();
  return known[Math.ceil(known.length * 0.99) - 1] ?? Infinity;
}

/** Datagrams that a BMC gets for one status. */
async function roundTripsOfStatus(): Promise<number> {
  const bmc = await startLightBmc(ENDPOINT_HOST);
  const { host, port, user, password } = bmc;
  const fleet = new Fleet();
  for await (const result of fleet.each([{ host, port, user, password, privilege: "user" }], (ipmi) =>
    ipmi.chassisStatus(),
  )) {
    if (!result.ok) throw result.error;
  }
  await fleet.close();
  await bmc.close();
  return bmc.received;
}

/** Beyond what this machine can run as processes: light BMCs, all in one other process, cipher suite 17. */
async function manyEndpoints(signal: AbortSignal): Promise<object[]> {
  const program = ["--require", "./base/register.js"];
  const [most] = ENDPOINTS.slice(-1);
  const script = "tests/fixtures/ipmi/light-bmc-process.ts";
  const bmcs = spawn(process.execPath, [...program, script, ENDPOINT_HOST, "10000", String(most)], {
    cwd: CLONE,
    stdio: ["pipe", "pipe", "inherit"],
  });
  try {
    await once(bmcs.stdout, "data");
    const results: object[] = [];
    for (const count of ENDPOINTS) {
      const argv = [...program, "bench/support/many-endpoints.ts", ENDPOINT_HOST, "10000", String(count)];
      const { stdout } = await measure([process.execPath, ...argv], { signal });
      results.push({ count, ...(JSON.parse(stdout) as object) });
    }
    return results;
  } finally {
    bmcs.stdin.end();
    await once(bmcs, "exit");
  }
}

async function times(count: number, once: () => Promise<number>): Promise<number> {
  const all: number[] = [];
  for (let n = 0; n < count; n += 1) all.push(await once());
  return median(all);
}

function expectAnswers(stdout: string, count: number, who: string): void {
  const answers = stdout.split("\n").filter((line) => /\b(on|off)\s*$/.test(line)).length;
  if (answers !== count) throw new Error(`${who}: ${answers} answers of ${count}`);
}
