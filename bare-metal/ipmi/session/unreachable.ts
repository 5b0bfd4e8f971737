import { IpmiUnreachableError } from "../errors";
import type { ExchangeContext } from "../transport/exchange";
import { presencePing } from "./presence";

/** What to say of a BMC that did not answer Open Session: asks by a presence ping whether anything is there. */
export async function unreachable(
  context: ExchangeContext,
  host: string,
  sent: number,
): Promise<IpmiUnreachableError> {
  const pong = await presencePing(context);
  const network = context.transport.lastError;
  const problem = `no answer (sent ${sent} times${network === undefined ? "" : `, network says ${network}`})`;
  return pong === "silent"
    ? new IpmiUnreachableError(
        host,
        "Open Session",
        `${problem}, nor to a presence ping`,
        "address and port of the BMC, its cable and VLAN, that UDP passes, and that IPMI over LAN is enabled",
      )
    : new IpmiUnreachableError(
        host,
        "Open Session",
        `${problem}, though it answers a presence ping`,
        "that IPMI over LAN with IPMI 2.0 sessions is enabled on the BMC, and that it has a free session",
      );
}
