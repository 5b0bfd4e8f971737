import { type Command, InvalidArgumentError, Option } from "commander";
import type { IpmiOptions, Privilege } from "../../bare-metal/ipmi";
import { type Milliseconds, parseDuration } from "../../base/units";

/** A silent BMC gets this many datagrams more, the waits between them growing from 1 to 4 times the first. */
const RETRIES = 4;
const WAITS = 1 + 2 + 4 + 4 + 4;

/** What can be typed with every verb of `lectern bmc`. */
export interface BmcOptions {
  /** Hosts to leave out. */
  readonly exclude?: string;
  readonly inventory?: string;
  readonly credentials?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly protocol: "ipmi" | "redfish";
  readonly port?: number;
  readonly cipherSuite: 17 | 3;
  readonly sessionPrivilege?: Privilege;
  /** Fingerprint of the BMC's certificate, for Redfish. */
  readonly certificate?: string;
  /** File of certificates of authorities, for Redfish. */
  readonly authorities?: string;
  /** How long a BMC may keep silent. */
  readonly timeout?: Milliseconds;
  readonly parallel?: number;
  readonly json?: true;
}

/** Lets the options of {@link BmcOptions} be typed with a command and with all commands below it. */
export function addBmcOptions(command: Command): Command {
  return command
    .option("-x, --exclude <hosts>", "leave these hosts out")
    .option(
      "--inventory <file>",
      "names are machines of this inventory (default: $LECTERN_INVENTORY, else the room's)",
    )
    .option(
      "--credentials <file>",
      "BMC passwords by machine (default: credentials.json beside the inventory)",
    )
    .option("-u, --user <name>", "names are host names or addresses of BMCs, and this is the user there")
    .option(
      "--password-file <file>",
      "file with the password, mode 0600 (default: $LECTERN_BMC_PASSWORD, else asked for)",
    )
    .addOption(
      new Option("--protocol <name>", "with --user: what the BMCs speak")
        .choices(["ipmi", "redfish"])
        .default("ipmi"),
    )
    .option(
      "--port <number>",
      "with --user: port of the BMCs (default: 623, Redfish 443)",
      wholeNumber(1, 65_535),
    )
    .addOption(
      new Option("--cipher-suite <id>", "with --user: 17, or 3 for BMCs that know no better")
        .argParser(cipherSuite)
        .default(17),
    )
    .option("--certificate <sha256>", "with --user, Redfish: fingerprint of the BMC's certificate")
    .option("--authorities <file>", "with --user, Redfish: authorities that vouch for BMCs, as PEM")
    .addOption(
      new Option(
        "--session-privilege <level>",
        "IPMI: log in with this privilege (default: what the verb needs)",
      ).choices(["user", "operator", "administrator"]),
    )
    .option(
      "--timeout <duration>",
      "give a silent BMC up after so long, such as 5s (default: 3s, Redfish 30s)",
      duration,
    )
    .option("--parallel <number>", "BMCs under way at the same time (default: 64)", wholeNumber(1, 4096))
    .option("--json", "one JSON document: {verb, hosts: [{host, bmc, result | error}], failed}");
}

/** Options of an IPMI client that gives a silent BMC up after so long. Undefined: what it does by itself. */
export function patienceOf(timeout: Milliseconds | undefined): Pick<IpmiOptions, "timeout" | "retries"> {
  return timeout === undefined ? {} : { timeout: Math.ceil(timeout / WAITS), retries: RETRIES };
}

/** Parses an option. */
export function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= low && number <= high) return number;
    throw new InvalidArgumentError(`Not a whole number from ${low} to ${high}.`);
  };
}

function cipherSuite(text: string): 17 | 3 {
  if (text === "17") return 17;
  if (text === "3") return 3;
  throw new InvalidArgumentError("Allowed are 17 and 3; others are not safe.");
}

function duration(text: string): Milliseconds {
  const time = parseDuration(text);
  if (time !== undefined && time >= 100 && time <= 600_000) return time;
  throw new InvalidArgumentError("Not a duration from 100ms to 10m.");
}
