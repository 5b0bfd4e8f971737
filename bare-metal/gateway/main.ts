import { randomBytes, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { describeFault } from "../../base/faults";
import { askForOffers, offerFaults } from "../boot/dhcp-probe";
import { pinOf } from "../boot/pinned";
import { serve } from "../boot/serve";

/**
 * `serve …` (boot/serve.ts), `check-dhcp --network CIDR --own ADDRESS --mode server|proxy`, or `pin --certificate FILE`,
 * which prints the pin of its key.
 */
async function main(): Promise<void> {
  const [verb, ...args] = process.argv.slice(2);
  if (verb === "serve") return serve(args);
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args,
    options: { network: text, own: text, mode: text, certificate: text },
  });
  const { network = "", own = "", mode, certificate = "" } = values;
  if (verb === "pin") {
    return void process.stdout.write(`${pinOf(new X509Certificate(readFileSync(certificate)))}\n`);
  }
  if (verb !== "check-dhcp") throw new Error("usage: serve … | check-dhcp … | pin …");
  if (mode !== "server" && mode !== "proxy") throw new Error("--mode: server or proxy");
  const offers = await askForOffers({ network, random: randomBytes });
  const faults = offerFaults(offers, { mode, own });
  if (faults.length > 0) throw new Error(faults.map(describeFault).join("\n"));
}

main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
});
