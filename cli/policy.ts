import type { Command } from "commander";
import type { CheckOptions, Finding } from "../policies/check";
import type { PolicyObject } from "../policies/rule";
import { KUBECONFIG_HELP, withCluster } from "./cluster";
import { SilentFailure, UsageError } from "./failure";

interface Output {
  readonly json?: true;
}
interface SiteOption {
  readonly site?: string;
}

/** `lectern policy`: the rules for courses, offline, and what they denied. */
export function addPolicyCommands(program: Command): void {
  const policy = program
    .command("policy")
    .description("the rules for courses: what they are, and what breaks them");
  policy
    .command("list")
    .description("every rule: level, where it is applied, why")
    .option("--site <stack>", "with the levels of this site's config")
    .option("--json", "as JSON")
    .action((options: Output & SiteOption) => listRules(options));
  policy
    .command("check")
    .description("what the rules find wrong with manifests; offline, as the API server would")
    .argument("<file...>", "YAML or JSON, several objects each; `-` for standard input")
    .option("-n, --namespace <name>", "for objects that name none")
    .option("--parameters <file>", "the course's ConfigMap course-policy, where it is not among the files")
    .option("--site <stack>", "with the levels and exceptions of this site's config")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      "\nExit status: 0 if nothing is denied, 1 if something is, 2 if a file cannot be read.",
    )
    .action((files: string[], options: CheckOutput) => checkFiles(files, options));
  policy
    .command("explain")
    .description("one rule: what it stops, what it asks for, what keeps and breaks it")
    .argument("<rule>", "its name")
    .option("--json", "as JSON")
    .action((name: string, options: Output) => explainRule(name, options));
  policy
    .command("denials")
    .description("what the rules denied in a course, from the API server's audit log")
    .argument("<course>", "name of its stack")
    .option("--audit-log <file>", "of the API server. Default: that of the room")
    .option("--publish", "also as Events of the course's namespace, for its teachers")
    .option("--kubeconfig <file>", `with --publish: ${KUBECONFIG_HELP}`)
    .option("--json", "as JSON")
    .action((course: string, options: DenialsOutput) => listDenials(course, options));
}

interface CheckOutput extends Output, SiteOption {
  readonly namespace?: string;
  readonly parameters?: string;
}
interface DenialsOutput extends Output {
  readonly auditLog?: string;
  readonly publish?: true;
  readonly kubeconfig?: string;
}

const rules = () => (require("../policies/rules") as typeof import("../policies/rules")).RULES;
const table = () => (require("./table") as typeof import("./table")).formatTable;
const files = () => require("./policy-files") as typeof import("./policy-files");

function listRules({ json, ...options }: Output & SiteOption): void {
  const { levelOf } = require("../policies/settings") as typeof import("../policies/settings");
  const { placesOf } = require("../policies/document") as typeof import("../policies/document");
  const settings = files().settingsOf(options.site);
  const list = rules().map((rule) => ({
    rule: rule.name,
    level: levelOf(rule, settings),
    where: placesOf(rule),
    why: rule.purpose,
  }));
  if (json) return print(JSON.stringify(list, null, 2));
  print(
    table()(
      ["RULE", "LEVEL", "WHERE", "WHY"],
      list.map((r) => [r.rule, r.level, r.where, r.why]),
    ),
  );
}

function checkFiles(names: readonly string[], { json, namespace, parameters, site }: CheckOutput): void {
  const { checkObjects, unjudged } = require("../policies/check") as typeof import("../policies/check");
  const objects = names.flatMap((name) => files().readObjects(name, namespace));
  const course = parameters === undefined ? undefined : files().readParameters(parameters);
  const options: CheckOptions = { settings: files().settingsOf(site), course };
  const findings = checkObjects(objects, options);
  if (json) print(JSON.stringify(findings, null, 2));
  else print(findingsText(objects, findings));
  const left = unjudged(objects, course).map(({ name }) => name);
  if (left.length > 0) {
    process.stderr.write(`not judged in full, for want of --parameters: ${left.join(", ")}\n`);
  }
  if (findings.some(({ level }) => level === "mandatory"))
    throw new SilentFailure("some objects break a rule");
}

function findingsText(objects: readonly PolicyObject[], findings: readonly Finding[]): string {
  const counted = `${objects.length} object${objects.length === 1 ? "" : "s"}`;
  if (findings.length === 0) return `${counted}: nothing to say`;
  const rows = findings.map((f) => [f.object, f.rule, f.level, `${f.path} = ${f.value}`, f.problem, f.fix]);
  return table()(["OBJECT", "RULE", "LEVEL", "FOUND", "WRONG", "FIX"], rows);
}

function explainRule(name: string, { json }: Output): void {
  const { ruleSection, describeRule } =
    require("../policies/document") as typeof import("../policies/document");
  const rule = rules().find((r) => r.name === name);
  if (rule === undefined) {
    throw new UsageError(
      `no such rule: ${name}; there are: ${rules()
        .map((r) => r.name)
        .join(", ")}`,
    );
  }
  print(json ? JSON.stringify(describeRule(rule), null, 2) : ruleSection(rule));
}

async function listDenials(course: string, options: DenialsOutput): Promise<void> {
  const { json, auditLog, publish, kubeconfig } = options;
  const { courseDenials } = require("../policies/denials") as typeof import("../policies/denials");
  const denials = courseDenials(files().readAuditLog(auditLog), course);
  if (publish) {
    const made = await withCluster(kubeconfig, (api) => files().publishEvents(denials, course, api));
    process.stderr.write(`${course}: ${made} new event${made === 1 ? "" : "s"}\n`);
  }
  if (json) return print(JSON.stringify(denials, null, 2));
  if (denials.length === 0) return print(`${course}: nothing was denied`);
  const rows = denials.map((d) => [d.at, d.user, `${d.verb} ${d.object}`, d.rule, d.action, d.message]);
  print(table()(["AT", "USER", "REQUEST", "RULE", "ACTION", "MESSAGE"], rows));
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
