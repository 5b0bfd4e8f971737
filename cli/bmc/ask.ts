import type { BmcDriver } from "../../bare-metal/bmc/driver";
import type { Ipmi } from "../../bare-metal/ipmi";
import type { FleetResult, FleetTarget } from "../../bare-metal/ipmi/fleet";
import { arrivals } from "../../bare-metal/ipmi/fleet/arrivals";
import { Slots } from "../../bare-metal/ipmi/fleet/slots";
import { type BmcOptions, patienceOf } from "./options";
import type { Outcome } from "./outcomes";
import type { BmcTarget } from "./targets";
import type { Verb } from "./verb";

/** TLS takes more of this machine than UDP does. */
const MOST_HTTPS = 64;

export type AskOptions = Pick<BmcOptions, "timeout" | "parallel" | "sessionPrivilege"> & {
  readonly signal: AbortSignal;
};

/** Asks every target once. Outcomes come as they arrive, one for each; sessions are closed whatever happens. */
export async function* askAll<T>(
  targets: readonly BmcTarget[],
  verb: Verb<T>,
  options: AskOptions,
): AsyncGenerator<Outcome<T>, void, undefined> {
  const speaking = (protocol: BmcTarget["protocol"]) =>
    targets.filter((target) => target.protocol === protocol);
  yield* arrivals<Outcome<T>>(async (emit) => {
    await Promise.all([
      askIpmi(speaking("ipmi"), verb, options, emit),
      askRedfish(speaking("redfish"), verb, options, emit),
    ]);
  });
}

type Emit<T> = (outcome: Outcome<T>) => void;

/** The verb asks for what Redfish has no words for. */
export class UnsupportedVerbError extends Error {
  override readonly name = "UnsupportedVerbError";
  readonly problem = "there is no such thing over Redfish";
  readonly check = "whether this BMC speaks IPMI too";

  constructor(
    readonly host: string,
    readonly command: string,
  ) {
    super(`BMC ${host}: ${command}: there is no such thing over Redfish`);
  }
}

type MemberTarget = FleetTarget & { readonly target: BmcTarget };

async function askIpmi<T>(
  targets: readonly BmcTarget[],
  verb: Verb<T>,
  { timeout, parallel, sessionPrivilege, signal }: AskOptions,
  emit: Emit<T>,
): Promise<void> {
  if (targets.length === 0) return;
  const { Fleet } = require("../../bare-metal/ipmi/fleet") as typeof import("../../bare-metal/ipmi/fleet");
  const fleet = new Fleet({
    ...(parallel === undefined ? {} : { parallel }),
    ...patienceOf(timeout),
  });
  const privilege = sessionPrivilege ?? verb.privilege;
  const members = targets.map((target): MemberTarget => {
    const { host, port, user, password, cipherSuite } = target;
    return { target, host, port, user, password, cipherSuite, privilege };
  });
  const told = (result: FleetResult<T, MemberTarget>): void => {
    const { target } = result.target;
    emit(result.ok ? { target, ok: true, value: result.value } : { target, ok: false, error: result.error });
  };
  try {
    await fleet.ask(members, overIpmi(verb), told, signal);
  } finally {
    await fleet.close();
  }
}

function overIpmi<T>({ driver, ipmi }: Verb<T>): (ipmi: Ipmi) => Promise<T> {
  if (driver === undefined) return ipmi;
  if (ipmi) return ipmi;
  const { driverOver } =
    require("../../bare-metal/ipmi/driver") as typeof import("../../bare-metal/ipmi/driver");
  return (client) => driver(driverOver(client));
}

async function askRedfish<T>(
  targets: readonly BmcTarget[],
  verb: Verb<T>,
  { timeout, parallel = MOST_HTTPS, signal }: AskOptions,
  emit: Emit<T>,
): Promise<void> {
  if (targets.length === 0) return;
  const { driver: ask } = verb;
  const { redfishDriver } = require("../../bare-metal/redfish") as typeof import("../../bare-metal/redfish");
  const slots = new Slots(parallel);
  const askOne = async (target: BmcTarget): Promise<Outcome<T>> => {
    const release = await slots.take();
    let bmc: BmcDriver | undefined;
    try {
      if (!ask) throw new UnsupportedVerbError(target.label, verb.name);
      const { host, port, user, password, redfish } = target;
      const patience = timeout === undefined ? {} : { timeout };
      bmc = redfishDriver({ host, port, user, password, signal, ...redfish, ...patience });
      return { target, ok: true, value: await ask(bmc) };
    } catch (error) {
      return { target, ok: false, error };
    } finally {
      await bmc?.close();
      release();
    }
  };
  await Promise.all(targets.map(async (target) => emit(await askOne(target))));
}
