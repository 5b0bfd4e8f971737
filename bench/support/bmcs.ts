import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProcessFolder, processStartTime } from "../../base/processes";
import type { Milliseconds } from "../../base/units";
import { waitFor } from "../../base/wait";
import { Fleet, type FleetTarget } from "../../bare-metal/ipmi/fleet";

const USER = "lectern";
const PASSWORD = "correct-horse-16";

/** A room of simulated BMCs, each a process at an address of its own. */
export interface Bmcs {
  readonly hosts: readonly string[];
  readonly targets: readonly FleetTarget[];
  /** Holds passwords for those who are measured: no argument list ever does. */
  readonly files: { readonly hosts: string; readonly password: string; readonly freeipmi: string };
  readonly user: string;
  /** Of the programs that are measured. */
  readonly env: NodeJS.ProcessEnv;
  /** Ends what is measured. */
  readonly signal: AbortSignal;
  /** Processor time that all BMCs together have used so far. */
  cpu(): Milliseconds;
  /** Makes the last so many keep silent, until `wake`. */
  hush(count: number): void;
  wake(): void;
  stop(): Promise<void>;
}

const EMULATION = `mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
sel_enable 0x20 1000 0x0a
mc_enable 0x20
`;

/**
 * Starts ipmi_sim at the first so many addresses of a network such as `127.94.0`, and waits until all answer. They end
 * with this process at the latest, however it ends.
 * @throws {Error} when the signal aborts; none is left then
 */
export async function startBmcs(network: string, count: number, signal: AbortSignal): Promise<Bmcs> {
  const dir = mkdtempSync(join(tmpdir(), "lectern-bmcs-"));
  const processes = new ProcessFolder(join(dir, "run"));
  const [a, b, c = 0] = network.split(".").map(Number);
  const hosts = Array.from(
    { length: count },
    (_, n) => `${a}.${b}.${c + Math.floor(n / 250)}.${(n % 250) + 1}`,
  );
  const targets = hosts.map((host) => ({
    host,
    user: USER,
    password: PASSWORD,
    cipherSuite: 3 as const,
    privilege: "user" as const,
  }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text, { mode: 0o600 });
    return join(dir, name);
  };
  const records = hosts.map((host, n) => {
    const home = join(dir, `bmc-${n}`);
    mkdirSync(join(home, "state"), { recursive: true });
    writeFileSync(join(home, "lan.conf"), lanConfig(host), { mode: 0o600 });
    writeFileSync(join(home, "sim.emu"), EMULATION);
    const argv = ["ipmi_sim", "-c", `${home}/lan.conf`, "-f", `${home}/sim.emu`, "-s", `${home}/state`, "-n"];
    return processes.start({
      name: `bmc-${n}`,
      argv: argv as [string, ...string[]],
      logFile: join(dir, "log"),
    });
  });
  const endAll = () => {
    for (const { pid, startTime } of records) {
      if (processStartTime(pid) === startTime) process.kill(pid, "SIGKILL");
    }
    rmSync(dir, { recursive: true, force: true });
  };
  process.once("exit", endAll);
  let hushed: readonly number[] = [];
  const wake = () => {
    for (const pid of hushed) process.kill(pid, "SIGCONT");
    hushed = [];
  };
  const bmcs: Bmcs = {
    hosts,
    targets,
    files: {
      hosts: file("hosts", `${hosts.join("\n")}\n`),
      password: file("password", PASSWORD),
      freeipmi: file(
        "freeipmi.conf",
        `username ${USER}\npassword ${PASSWORD}\ncipher-suite-id 3\nworkaround-flags opensesspriv\n`,
      ),
    },
    user: USER,
    // Where that is set, Node reads a file of certificates at every start: nothing that a BMC is asked with.
    env: { ...process.env, IPMI_PASSWORD: PASSWORD, NODE_EXTRA_CA_CERTS: undefined },
    signal,
    cpu: () => records.reduce((sum, { pid }) => sum + processorTime(pid), 0),
    hush(quiet) {
      hushed = records.slice(-quiet).map(({ pid }) => pid);
      for (const pid of hushed) process.kill(pid, "SIGSTOP");
    },
    wake,
    async stop() {
      wake();
      await processes.stopAll();
      rmSync(dir, { recursive: true, force: true });
      process.off("exit", endAll);
    },
  };
  try {
    await waitFor("all BMCs answer", () => answering(targets, signal), { timeout: 60_000, signal });
  } catch (error) {
    await bmcs.stop();
    throw error;
  }
  return bmcs;
}

/** Of all threads; nanoseconds stand there first (Documentation/scheduler/sched-stats.rst of Linux). */
function processorTime(pid: number): Milliseconds {
  const tasks = `/proc/${pid}/task`;
  const times = readdirSync(tasks).map((task) => readFileSync(`${tasks}/${task}/schedstat`, "utf8"));
  return times.reduce((sum, line) => sum + Number(line.split(" ")[0]) / 1e6, 0);
}

async function answering(targets: readonly FleetTarget[], signal: AbortSignal): Promise<true | undefined> {
  const fleet = new Fleet();
  try {
    for await (const result of fleet.each(targets, (ipmi) => ipmi.chassisStatus(), signal)) {
      if (!result.ok) throw result.error;
    }
    return true;
  } finally {
    await fleet.close();
  }
}

function lanConfig(host: string): string {
  const levels = ["callback", "user", "operator", "admin"];
  return `name "bench"
set_working_mc 0x20
startlan 1
addr ${host} 623
priv_limit admin
${levels.map((level) => `allowed_auths_${level} none md2 md5 straight`).join("\n")}
guid a0102030405060708090a0b0c0d0e0f1
endlan
user 2 true "${USER}" "${PASSWORD}" admin 10 none md2 md5 straight
`;
}
