import type { Command } from "commander";
import { ApiError, type KubeApi } from "../base/kubernetes/api";
import type { KubeObject } from "../base/kubernetes/objects";
import { formatSize, parseDuration } from "../base/units";
import { KUBECONFIG_HELP, withCluster } from "./cluster";
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

/** `lectern course`: one course as its people see it. */
export function addCourseCommands(program: Command): void {
  const course = program
    .command("course")
    .description("a course: its queue, its people and their codes, what each holds")
    .addHelpText("after", "\nThe API server decides who may see what: codes are for teachers and operators.");
  const verb = (name: string, description: string) =>
    course
      .command(name)
      .argument("<course>", "name of the course's stack")
      .description(description)
      .option("--kubeconfig <file>", KUBECONFIG_HELP);
  const shown = (
    name: string,
    description: string,
    work: (course: string, api: KubeApi, json: boolean) => Promise<void>,
  ) =>
    verb(name, description)
      .option("--json", "print as JSON")
      .action(async (of: string, options: Options) =>
        withApi(of, options, (api) => work(of, api, options.json ?? false)),
      );
  shown("queue", "its tasks: whose, status, waiting, running, time left, order", showQueue);
  shown("roster", "its people, and the invitation codes of open seats", showRoster);
  shown("usage", "what each person holds now; `lectern ledger <course>` tells the GPU hours", showUsage);
  verb("kubeconfig", "print a short-lived kubeconfig of one person")
    .argument("<person>", "short name")
    .option("--duration <time>", "how long it is valid, 10m at least. Default: 8h")
    .action(async (of: string, person: string, options: Options & { readonly duration?: string }) =>
      withApi(of, options, (api) => printKubeconfig(of, person, options.duration ?? "8h", api)),
    );
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
  if (json)
    return print(
      JSON.stringify({ people: people.map(({ role, person }) => ({ role, person })), codes }, null, 2),
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
        codes.map((c) => [c.seat, c.code]),
      ),
    );
  print(parts.join("\n\n"));
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

const queue = () => require("./course-queue") as typeof import("./course-queue");
const table = (...args: Parameters<(typeof import("./table"))["formatTable"]>) =>
  (require("./table") as typeof import("./table")).formatTable(...args);

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
