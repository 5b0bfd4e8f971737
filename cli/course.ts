import type { Command } from "commander";
import { ApiError, type KubeApi } from "../base/kubernetes/api";
import type { KubeObject } from "../base/kubernetes/objects";
import { formatSize, parseDuration } from "../base/units";
import { KUBECONFIG_HELP, withCluster } from "./cluster";
import type { Newcomer, Redemption } from "../components/invitations";
import type { QueuedPod } from "./course-queue";
import { UsageError } from "./failure";

interface Options {
  readonly kubeconfig?: string;
  readonly json?: true;
}

/** Somebody of a course, as their account tells. */
interface Person {
  readonly role: string;
  readonly person: string;
  readonly account: string;
}

/** The API server gives tokens for ten minutes at least (TokenRequest v1). */
const SHORTEST_TOKEN_MS = 600_000;

/** `lectern course <course> [verb]`: one course as its people see it. */
export function addCourseCommands(program: Command): void {
  const course = program
    .command("course")
    .usage("<course> [verb] [options]")
    .argument("[words...]")
    .description("a course: its queue, its people and their codes, what each holds")
    .configureHelp({ visibleArguments: () => [], visibleOptions: () => [], visibleGlobalOptions: () => [] })
    .addHelpText("after", () => `\n${describeVerbs()}\n\n${WHO_SEES}`)
    // What stands after the course is for its verbs to read, `--help` too.
    .helpOption(false)
    .allowUnknownOption()
    .action(async ([of, ...words]: string[]) => {
      if (of === "--help" || of === "-h") return course.outputHelp();
      if (of === undefined || of.startsWith("-"))
        throw new UsageError("course: name a course, as in `lectern course cxr-diagnosis`");
      await runVerb(of, words);
    });
}

const WHO_SEES = "The API server decides who may see what: codes are for teachers and operators.";

/** The verbs of one course; without one its queue is shown. */
function verbsOf(of: string): Command {
  const { Command } = require("commander") as typeof import("commander");
  const verbs = new Command(`lectern course ${of}`).addHelpText("after", `\n${WHO_SEES}`);
  const verb = (name: string, description: string, isDefault = false) =>
    verbs
      .command(name, { isDefault })
      .description(description)
      .option("--kubeconfig <file>", KUBECONFIG_HELP);
  const shown = (
    name: string,
    description: string,
    work: (course: string, api: KubeApi, json: boolean) => Promise<void>,
    isDefault = false,
  ) =>
    verb(name, description, isDefault)
      .option("--json", "print as JSON")
      .action(async (options: Options) =>
        withApi(of, options, (api) => work(of, api, options.json ?? false)),
      );
  shown("queue", "its tasks: whose, status, waiting, running, time left, order (default)", showQueue, true);
  shown("roster", "its people, and the invitation codes of open seats", showRoster);
  shown("usage", "what each person holds now; `lectern ledger <course>` tells the GPU hours", showUsage);
  verb("kubeconfig", "print a short-lived kubeconfig of one person")
    .argument("<person>", "short name")
    .option("--duration <time>", "how long it is valid, 10m at least. Default: 8h")
    .action(async (person: string, options: Options & { readonly duration?: string }) =>
      withApi(of, options, (api) => printKubeconfig(of, person, options.duration ?? "8h", api)),
    );
  verb("redeem", "take a seat with an invitation code, read from standard input; teachers and operators")
    .argument("<id>", "short name of the newcomer")
    .option("--name <name>", "full name")
    .option("--mail <address>", "address")
    .action(async (id: string, options: Options & Pick<Newcomer, "name" | "mail">) =>
      withApi(of, options, (api) => redeem(of, { id, name: options.name, mail: options.mail }, api)),
    );
  shown("sizes", "the instance sizes, and which of them you may use", async (...args) =>
    print(await sizes().sizesText(...args)),
  );
  verb("ask", "ask for a size that a teacher approves; students")
    .argument("<size>", "as `sizes` lists it")
    .option("--reason <text>", "what for; everybody of the course may read it")
    .action(async (size: string, options: Options & { readonly reason?: string }) =>
      withApi(of, options, async (api) => print(await sizes().ask(of, size, options.reason, api))),
    );
  shown("asks", "the sizes that students ask for and have", async (...args) =>
    print(await sizes().asksText(...args)),
  );
  for (const [name, description] of [
    ["approve", "give a student a size, asked for or not; teachers and operators"],
    ["refuse", "refuse a student a size, or take it back; what runs goes on"],
  ] as const) {
    verb(name, description)
      .argument("<person>", "short name of the student")
      .argument("<size>", "as `sizes` lists it")
      .action(async (person: string, size: string, options: Options) =>
        withApi(of, options, async (api) =>
          print(await sizes().decide(of, person, size, name === "approve", api)),
        ),
      );
  }
  shown("templates", "the images that are shared with the class, beside the course's own", showTemplates);
  verb(
    "share",
    "share an image with the class that was made from one of the course's; teachers and operators",
  )
    .argument("<name>", "what the class calls it")
    .argument("<image>", "host:port/name@sha256:... in the site's registry")
    .requiredOption("--owner <person>", "who made it")
    .option("--plain-registry", "the registry speaks plain HTTP")
    .action(async (name: string, image: string, options: ShareOptions) =>
      withApi(of, options, (api) => share(of, { name, image, ...options }, api)),
    );
  verb("unshare", "share an image no longer; what runs goes on")
    .argument("<name>", "what the class calls it")
    .action(async (name: string, options: Options) => withApi(of, options, (api) => unshare(of, name, api)));
  return verbs;
}

interface ShareOptions extends Options {
  readonly owner: string;
  readonly plainRegistry?: true;
}

async function runVerb(of: string, words: readonly string[]): Promise<void> {
  const verbs = verbsOf(of);
  const names = verbs.commands.map((verb) => verb.name());
  const [first = ""] = words;
  if (names.includes(of) && !names.includes(first)) {
    throw new UsageError(
      `course ${of}: the course comes first, as in \`lectern course ${first || "<course>"} ${of}\``,
    );
  }
  if (first !== "" && !first.startsWith("-") && ![...names, "help"].includes(first)) {
    throw new UsageError(`course ${of}: no verb ${first}; there are ${names.join(", ")}`);
  }
  for (const command of [verbs, ...verbs.commands]) command.exitOverride();
  await verbs.parseAsync([...words], { from: "user" });
}

function describeVerbs(): string {
  const verbs = verbsOf("<course>").commands.map(
    (verb) =>
      `  ${[verb.name(), ...verb.registeredArguments.map((a) => `<${a.name()}>`)].join(" ").padEnd(24)}${verb.description()}`,
  );
  return `Verbs (\`lectern course <course> <verb> --help\` tells their options):\n${verbs.join("\n")}`;
}

async function withApi(
  course: string,
  options: Options,
  work: (api: KubeApi) => Promise<void>,
): Promise<void> {
  try {
    await withCluster(options.kubeconfig, work);
  } catch (error) {
    if (error instanceof ApiError && error.status === 403)
      throw new Error(
        `course ${course}: the API server does not let you see that, or there is no such course`,
        { cause: error },
      );
    throw error;
  }
}

const within = (course: string) => `/api/v1/namespaces/course-${course}`;

async function podsOf(course: string, api: KubeApi): Promise<readonly QueuedPod[]> {
  return (await api.get<{ items: QueuedPod[] }>(`${within(course)}/pods`)).items;
}

/** Everybody of a course. Those who may not list accounts are told nobody. */
async function peopleOf(course: string, api: KubeApi): Promise<Person[]> {
  const { items } = await api.get<{ items: KubeObject[] }>(`${within(course)}/serviceaccounts`);
  const people = items.flatMap(({ metadata: { name, labels = {} } }) => {
    const [role, person] = [labels["lectern.dev/role"], labels["lectern.dev/person"]];
    return role === undefined || person === undefined ? [] : [{ role, person, account: name }];
  });
  if (people.length === 0) throw new UsageError(`course ${course}: no such course in this cluster`);
  const rank = ({ role }: Person) => ["teacher", "assistant"].indexOf(role) + 1 || 3;
  return people.sort((a, b) => rank(a) - rank(b) || (a.person < b.person ? -1 : 1));
}

/** Names for whose a task is: of all people, or, for students, who may not list them, what stands before the hyphen. */
async function namesOf(course: string, api: KubeApi, pods: readonly QueuedPod[]): Promise<string[]> {
  try {
    return (await peopleOf(course, api)).map((p) => p.person);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 403)) throw error;
    return [...new Set(pods.map((p) => p.metadata.name.split("-")[0] ?? ""))];
  }
}

async function showQueue(course: string, api: KubeApi, json: boolean): Promise<void> {
  const pods = await podsOf(course, api);
  const entries = queue().queueOf(pods, await namesOf(course, api, pods), Date.now());
  if (json) return print(JSON.stringify(entries, null, 2));
  const rows = entries.map((e) => [
    e.order ?? "",
    e.creator,
    e.task,
    e.status,
    e.pods,
    e.gpus,
    clock(e.waiting),
    clock(e.running),
    e.left === undefined ? "" : clock(e.left),
  ]);
  print(table(["ORDER", "CREATOR", "TASK", "STATUS", "PODS", "GPUS", "WAITING", "RUNNING", "LEFT"], rows));
}

async function showUsage(course: string, api: KubeApi, json: boolean): Promise<void> {
  const pods = await podsOf(course, api);
  const entries = queue().usageOf(pods, await namesOf(course, api, pods));
  if (json) return print(JSON.stringify(entries, null, 2));
  const rows = entries.map((e) => [e.person, e.pods, e.cpus, formatSize(e.memoryBytes), e.gpus]);
  print(table(["PERSON", "PODS", "CORES", "MEMORY", "GPUS"], rows));
}

async function showRoster(course: string, api: KubeApi, json: boolean): Promise<void> {
  const people = await peopleOf(course, api);
  const { data = {} } = await api.get<{ data?: Record<string, string> }>(
    `${within(course)}/secrets/invitation-codes`,
  );
  const codes = Object.entries(data)
    .map(([seat, code]) => ({
      seat: Number(seat.replace("seat-", "")),
      code: Buffer.from(code, "base64").toString(),
    }))
    .sort((a, b) => a.seat - b.seat);
  const known = new Set(people.map((p) => p.person));
  const redeemed = (await invitations().redemptions(api, course)).filter(({ id }) => !known.has(id));
  if (json)
    return print(
      JSON.stringify(
        { people: people.map(({ role, person }) => ({ role, person })), codes, redeemed },
        null,
        2,
      ),
    );
  const parts = [
    table(
      ["ROLE", "PERSON"],
      people.map((p) => [p.role, p.person]),
    ),
  ];
  if (codes.length > 0)
    parts.push(
      table(
        ["OPEN SEAT", "CODE"],
        codes.filter((c) => !redeemed.some((r) => r.seat === c.seat)).map((c) => [c.seat, c.code]),
      ),
    );
  if (redeemed.length > 0) {
    const lines = redeemed.map(rosterLine).join("\n");
    parts.push(
      `Redeemed, for the roster (id,name,mail,group,seat); then \`pulumi up -s ${course}\`:\n${lines}`,
    );
  }
  print(parts.join("\n\n"));
}

/** A line of a roster as CSV (RFC 4180). */
function rosterLine({ id, name = "", mail = "", seat }: Redemption): string {
  const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [id, name, mail, "", String(seat)].map(cell).join(",");
}

async function redeem(course: string, newcomer: Newcomer, api: KubeApi): Promise<void> {
  newcomerFaults(newcomer);
  const code = await readCode();
  const people = await peopleOf(course, api);
  const named = (isStudent: boolean) =>
    people.filter(({ role }) => (role === "student") === isStudent).map((p) => p.person);
  const members = { students: named(true), staff: named(false) };
  const { redeemCode, RedeemError } = invitations();
  const redemption = await redeemCode(api, course, code, newcomer, members, new Date()).catch(
    (error: Error) => {
      throw error instanceof RedeemError ? new UsageError(`course ${course}: ${error.message}`) : error;
    },
  );
  print(`seat ${redemption.seat} is ${redemption.id}'s; for the roster:\n${rosterLine(redemption)}`);
}

/** The code, from a terminal without echo or from standard input: never an argument, which everybody on a machine sees. */
async function readCode(): Promise<string> {
  if (process.stdin.isTTY) {
    const { readSecret } = require("./bmc/terminal") as typeof import("./bmc/terminal");
    return (await readSecret("Invitation code: ")).toString();
  }
  const { text } = require("node:stream/consumers") as typeof import("node:stream/consumers");
  return (await text(process.stdin)).trim();
}

/** @throws {FaultsError} with everything that is wrong */
function newcomerFaults(newcomer: Newcomer): void {
  const { newcomerSchema } = require("../stacks/forms") as typeof import("../stacks/forms");
  const { zodFaults } = require("../base/zod-faults") as typeof import("../base/zod-faults");
  const { FaultsError } = require("../base/faults") as typeof import("../base/faults");
  const result = newcomerSchema.safeParse(newcomer);
  if (!result.success) throw new FaultsError("newcomer", zodFaults(result.error, newcomer));
}

async function showTemplates(course: string, api: KubeApi, json: boolean): Promise<void> {
  const shared = await templates().sharedTemplates(api, course);
  if (json) return print(JSON.stringify(shared, null, 2));
  print(
    table(
      ["TEMPLATE", "OWNER", "FROM", "IMAGE"],
      shared.map((t) => [t.name, t.owner, t.base, t.image]),
    ),
  );
}

async function share(
  course: string,
  request: ShareOptions & { readonly name: string; readonly image: string },
  api: KubeApi,
): Promise<void> {
  const { name, image, owner, plainRegistry } = request;
  const people = (await peopleOf(course, api)).map((p) => p.person);
  const plain = plainRegistry === undefined ? {} : { plainRegistry };
  const shared = await templates().shareTemplate(api, course, { name, image, owner, people, ...plain });
  print(`${shared.name} is shared: made by ${shared.owner} from ${shared.base}`);
}

async function unshare(course: string, name: string, api: KubeApi): Promise<void> {
  if (!(await templates().withdrawTemplate(api, course, name)))
    throw new UsageError(`course ${course}: no template ${name} is shared`);
  print(`${name} is shared no longer`);
}

async function printKubeconfig(
  course: string,
  person: string,
  duration: string,
  api: KubeApi,
): Promise<void> {
  const ms = parseDuration(duration);
  if (ms === undefined || ms < SHORTEST_TOKEN_MS)
    throw new UsageError(`--duration ${duration}: not a duration of 10m or more`);
  const people = await peopleOf(course, api);
  const found = people.find((p) => p.person === person);
  if (found === undefined) {
    throw new UsageError(
      `course ${course}: nobody called ${person}; there are ${people.map((p) => p.person).join(", ")}`,
    );
  }
  const { accountKubeconfig } =
    require("../base/kubernetes/account-kubeconfig") as typeof import("../base/kubernetes/account-kubeconfig");
  const at = { namespace: `course-${course}`, account: found.account, user: person, context: course };
  print((await accountKubeconfig(api, at, ms / 1_000)).trimEnd());
}

/** Seconds as `1d 02:03` or `02:03:04`. */
function clock(seconds: number): string {
  const two = (n: number) => String(Math.floor(n)).padStart(2, "0");
  const time = `${two((seconds / 3600) % 24)}:${two((seconds / 60) % 60)}`;
  return seconds >= 86_400 ? `${Math.floor(seconds / 86_400)}d ${time}` : `${time}:${two(seconds % 60)}`;
}

const invitations = () => require("../components/invitations") as typeof import("../components/invitations");
const templates = () =>
  require("../components/image-templates") as typeof import("../components/image-templates");
const sizes = () => require("./course-sizes") as typeof import("./course-sizes");
const queue = () => require("./course-queue") as typeof import("./course-queue");
const table = (...args: Parameters<(typeof import("./table"))["formatTable"]>) =>
  (require("./table") as typeof import("./table")).formatTable(...args);

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
