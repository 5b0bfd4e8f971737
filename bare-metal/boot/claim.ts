import { z } from "zod";
import type { InstallOrder } from "../install";
import { bearer, type Handler, json, mustBeSecure, nothing, parse, Refusal, sameSecret } from "./answers";
import { nodeConfigSchema, UNDER_WAY } from "./record";
import type { MachineStore, StoredMachine } from "./store";

const claimSchema = z.strictObject({ nonce: z.string().min(32).max(100) });

export interface ClaimOptions {
  readonly store: MachineStore;
  readonly now: () => Date;
  readonly random: (bytes: number) => Buffer;
  /** The machine of a MAC; refuses one that is not registered. */
  readonly registered: (mac: string) => StoredMachine;
  /** What a machine is to do with its disks; undefined: it runs in memory. */
  readonly installOrder: (machine: StoredMachine, guid: string) => InstallOrder | undefined;
}

/**
 * The calls by which a booted machine gets what nobody else may see. The token of the boot script was sent in clear, so
 * it serves once, to claim the boot over TLS: what the claim answers was never readable. A second claim is refused and
 * the machine's boot fails, so an eavesdropper who is faster is noticed.
 */
export function claimHandlers({ store, now, random, registered, installOrder }: ClaimOptions) {
  const claim: Handler = (request, mac) => {
    mustBeSecure(request);
    const machine = store.get(mac);
    if (!machine?.token || !sameSecret(bearer(request), machine.token)) {
      throw new Refusal(
        401,
        "not the token of this boot",
        "use the token of the script that this boot fetched",
      );
    }
    if (request.from !== machine.address) {
      throw new Refusal(
        403,
        `the claim comes from ${request.from}, and ${machine.name} has ${machine.address}`,
        "see whether a second DHCP server answers in this network, or correct the machine's address in the inventory",
      );
    }
    const { nonce } = parse(claimSchema, request.body);
    if (machine.claim && !sameSecret(nonce, machine.claim.nonce)) {
      throw new Refusal(
        409,
        `this boot was claimed at ${machine.claimedAt} by ${machine.claim.from}`,
        "find out what else read the boot script in the provisioning network, then boot the machine anew",
      );
    }
    if (!machine.claim && !UNDER_WAY.includes(machine.state)) {
      throw new Refusal(
        409,
        `no boot is under way: ${machine.name} is ${machine.state}`,
        "expect a new boot",
      );
    }
    const claimed: StoredMachine = machine.claim
      ? machine
      : {
          ...machine,
          claimedAt: now().toISOString(),
          claim: {
            nonce,
            token: random(32).toString("base64url"),
            from: request.from,
            guid: guidOf(random(16)),
          },
        };
    const install = installOrder(machine, claimed.claim?.guid ?? "");
    if (claimed !== machine) store.put(claimed);
    const seconds = Math.floor(now().getTime() / 1000);
    return json(200, {
      ...{ name: machine.name, token: claimed.claim?.token, now: seconds },
      ...(install && { install }),
    });
  };

  /** What the machine is to apply, if that is not the revision that it has. */
  const config: Handler = (request, parameter) => {
    mustBeSecure(request);
    const [mac = "", has = ""] = parameter.split("/config/");
    const machine = store.get(mac);
    if (!machine?.claim || !sameSecret(bearer(request), machine.claim.token)) {
      throw new Refusal(
        401,
        "not the token of this machine's claim",
        "claim the boot again, or boot the machine anew",
      );
    }
    return machine.config && String(machine.config.revision) !== has ? json(200, machine.config) : nothing;
  };

  /** The administrator's: what a machine is to apply from now on, until its next boot. The same again changes nothing. */
  const configure: Handler = (request, mac) => {
    mustBeSecure(request);
    const wanted = parse(nodeConfigSchema, request.body);
    const machine = registered(mac);
    const { revision = 0, ...before } = machine.config ?? {};
    if (JSON.stringify(before) !== JSON.stringify(wanted)) {
      store.put({ ...machine, config: { revision: revision + 1, ...wanted } });
    }
    return nothing;
  };

  return { claim, config, configure };
}

/** A GUID of random bytes (RFC 9562, 5.4). */
function guidOf(bytes: Buffer): string {
  const b = Buffer.from(bytes);
  b.writeUInt8((b.readUInt8(6) & 0x0f) | 0x40, 6);
  b.writeUInt8((b.readUInt8(8) & 0x3f) | 0x80, 8);
  return b.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
