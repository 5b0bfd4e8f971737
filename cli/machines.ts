import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { UsageError } from "./failure";

interface ServiceOptions {
  boot?: string;
  credentials?: string;
}

/** `lectern machines`: what the boot service knows of machines. */
export function addMachinesCommands(program: Command): void {
  const machines = program
    .command("machines")
    .description("machines as the boot service knows them")
    .option("--boot <url>", "the boot service (default: that of the room $LECTERN_ROOM_DIR)")
    .option("--credentials <file>", "file with its bootToken (default: that of the room)");
  machines
    .command("discovered")
    .description("machines that booted and that nobody registered, with what to write into the inventory")
    .option("--json", "as JSON")
    .action(async ({ json }: { json?: true }) => {
      const found = await (await client(machines.opts<ServiceOptions>())).discovered();
      if (json) return print(JSON.stringify(found, null, 2));
      if (found.length === 0) return void process.stderr.write("no unknown machine has booted\n");
      const { formatTable } = require("./table") as typeof import("./table");
      const { formatSize } = require("../base/units") as typeof import("../base/units");
      const rows = found.map(({ mac, address, at, hardware: { cpus, memoryBytes, gpus, hcas } }) => [
        mac,
        address,
        at,
        cpus,
        formatSize(Math.round(memoryBytes / 2 ** 20) * 2 ** 20),
        gpus.length === 0 ? "" : `${gpus.length} × ${gpus[0]?.model}`,
        hcas.map((hca) => hca.name).join(" "),
      ]);
      print(formatTable(["MAC", "ADDRESS", "SEEN", "CPUS", "MEMORY", "GPUS", "HCAS"], rows));
    });
  machines
    .command("adopt")
    .description("print the inventory's entry of a machine that was discovered")
    .argument("<mac>", "as `machines discovered` shows it")
    .requiredOption("--name <name>", "the machine's name")
    .requiredOption("--bmc <address>", "address of its BMC")
    .requiredOption("--address <address>", "its address in the provisioning network")
    .option("--bmc-user <name>", "user of its BMC", "lectern")
    .action(async (mac: string, options: { name: string; bmc: string; address: string; bmcUser: string }) => {
      const all = await (await client(machines.opts<ServiceOptions>())).discovered();
      const found = all.find((m) => m.mac === mac.toLowerCase());
      if (!found)
        throw new UsageError(
          `${mac} was not discovered; there are: ${all.map((m) => m.mac).join(", ") || "none"}`,
        );
      const { inventoryEntry } =
        require("../bare-metal/boot/adopt") as typeof import("../bare-metal/boot/adopt");
      const { stringify } = require("yaml") as typeof import("yaml");
      print(stringify([inventoryEntry(found, options)]).trimEnd());
    });
}

async function client({ boot, credentials }: ServiceOptions) {
  const { BootServiceClient } =
    require("../bare-metal/boot/client") as typeof import("../bare-metal/boot/client");
  if (boot !== undefined && credentials !== undefined) {
    const { bootToken: token } = JSON.parse(readFileSync(credentials, "utf8")) as { bootToken: string };
    return new BootServiceClient({ url: boot, token });
  }
  if (boot !== undefined || credentials !== undefined)
    throw new UsageError("give both --boot and --credentials, or neither for the lab's room");
  const { openRoom, openRoomFolder } = require("../lab/room") as typeof import("../lab/room");
  const { bootServiceClient } = require("../lab/boot-service") as typeof import("../lab/boot-service");
  const dir = process.env["LECTERN_ROOM_DIR"];
  return bootServiceClient(dir ? openRoomFolder(dir) : openRoom(process.env["LECTERN_ROOM"] || "lab"));
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
