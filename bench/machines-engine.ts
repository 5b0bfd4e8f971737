import { performance } from "node:perf_hooks";
import { join } from "node:path";
import { ensureTools } from "../toolchain/resolve";
import { machineInputs } from "../tests/fixtures/machine-inputs";
import { PulumiProject } from "../tests/fixtures/pulumi-project";
import { IRONIC } from "./support/life-in-memory";

const SIZES = [10, 1000] as const;
/** Adding one to the larger room may take so many times as long as adding one to the smaller. */
const LIMIT = 1.2;

const PROGRAM = `
const { Machine } = require("${join(__dirname, "../bare-metal/provider/sdk")}");
const inputs = JSON.parse(process.env.MACHINE_INPUTS);
for (let i = 0; i < Number(process.env.MACHINES); i++) {
  const name = "m-" + i;
  const mac = "52:54:00:00:" + [i >> 8, i & 255].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
  const at = (net) => ["10", net, i >> 8, i & 255].join(".");
  new Machine(name, { ...inputs, name, mac, address: at(2), bmc: { ...inputs.bmc, address: at(1) } });
}
`;

interface Added {
  /** Machines of a room to which one is added. */
  readonly machines: number;
  /** With one that takes no time. */
  readonly seconds: number;
  /** With one that takes the time of a real server. */
  readonly secondsWithDelays: number;
  readonly created: number;
  /** Others that the updates did anything to. */
  readonly touched: number;
}

/**
 * One machine more in a room of 10 and in one of 1,000, by `pulumi up` with machines in memory: one that takes no time,
 * and one that takes the time of a real server.
 */
export async function run(): Promise<Record<string, unknown>> {
  const toolbox = await ensureTools(["pulumi"]);
  process.env["PATH"] = `${toolbox.searchPath()}:${process.env["PATH"]}`;
  process.env["MACHINE_INPUTS"] = JSON.stringify(machineInputs());
  const [small, large] = [await addTwo(SIZES[0]), await addTwo(SIZES[1])];
  const ratio = (of: "seconds" | "secondsWithDelays") => Number((large[of] / small[of]).toFixed(2));
  return {
    small,
    large,
    ratio: ratio("seconds"),
    ratioWithDelays: ratio("secondsWithDelays"),
    limitWithDelays: LIMIT,
    delaysSeconds: (IRONIC.identity + IRONIC.power + IRONIC.boot) / 1000,
  };
}

async function addTwo(machines: number): Promise<Added> {
  const providers = [{ name: "metal", path: join(__dirname, "support/metal-in-memory") }];
  const project = new PulumiProject(PROGRAM, { plugins: { providers } });
  try {
    await pulumi(project, "stack", "init", "dev");
    process.env["MACHINES"] = String(machines);
    await pulumi(project, "up", "--yes", "--skip-preview", "--stack", "dev", "--parallel", "64");
    const bare = await addOne(project, machines);
    process.env["MACHINE_DELAYS"] = "ironic";
    const delayed = await addOne(project, machines + 1);
    return {
      machines,
      seconds: bare.seconds,
      secondsWithDelays: delayed.seconds,
      created: bare.created + delayed.created,
      touched: bare.touched + delayed.touched,
    };
  } finally {
    delete process.env["MACHINE_DELAYS"];
    project.remove();
  }
}

/** @param there Machines that the project has. */
async function addOne(project: PulumiProject, there: number) {
  process.env["MACHINES"] = String(there + 1);
  const began = performance.now();
  const told = await pulumi(project, "up", "--yes", "--skip-preview", "--stack", "dev");
  const seconds = Number(((performance.now() - began) / 1000).toFixed(2));
  const count = (what: string): number =>
    Number(new RegExp(`^ *[+~-]* *(\\d+) ${what}$`, "m").exec(told)?.[1] ?? 0);
  const unchanged = count("unchanged");
  // The stack itself is one of them.
  if (unchanged !== there + 1)
    throw new Error(`${unchanged - 1} of ${there} machines stayed as they were:\n${told.slice(-2000)}`);
  return {
    seconds,
    created: count("created"),
    touched: count("updated") + count("replaced") + count("deleted"),
  };
}

async function pulumi(project: PulumiProject, ...words: string[]): Promise<string> {
  const { status, output } = await project.pulumi(...words);
  if (status !== 0) throw new Error(`pulumi ${words.join(" ")}:\n${output.slice(-2000)}`);
  return output;
}
