import { createHash } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { InventoryMachine } from "../bare-metal/inventory/inventory";
import { readIfThere, replaceFile } from "../base/files";
import { call, type HttpAnswer, type HttpCall } from "./firmware-http";
import { parseIpxe } from "./ipxe";
import { installedHardware, machineFolder } from "./machine";
import type { Room } from "./room";

/** What an installed machine keeps on its disk. */
const diskSchema = z.object({ image: z.string(), report: z.string(), token: z.string() });

export interface Boot {
  readonly room: Room;
  readonly machine: InventoryMachine;
  /** As IPMI's boot device says: `pxe`, or `default` (disk if something is installed there, else network). */
  readonly device: string;
  /** Fires when power goes. */
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** How a boot ended: the system reported `ready`, or the machine stands still with power on. */
export interface BootResult {
  readonly phase: "ready" | "halted";
  readonly note: string;
}

/**
 * One boot, from power-on to the report `ready`, as a machine does it: script, kernel, image, reports.
 * It waits as long as the boot service does not answer.
 * @throws AbortError when power goes
 */
export async function boot(context: Boot): Promise<BootResult> {
  const { room, machine, device, log } = context;
  const disk = readDisk(context);
  if (device !== "pxe" && disk) return bootFromDisk(context, disk);

  const { address, port } = room.inventory.services.boot;
  const script = await persist(context, { url: `http://${address}:${port}/boot/${machine.mac}` });
  const plan = script.status === 200 ? parseIpxe(script.body.toString("utf8")) : { boot: false as const };
  if (!plan.boot) {
    log(`no boot over the network (${script.status})`);
    if (disk) return bootFromDisk(context, disk);
    return {
      phase: "halted",
      note: "no boot device: the boot service expects no boot, and the disk is empty",
    };
  }

  if (plan.commandLine.get("lectern.discover") === "1") return discover(context);
  const report = plan.commandLine.get("lectern.report");
  const token = plan.commandLine.get("lectern.token");
  const image = plan.commandLine.get("lectern.image");
  const sha256 = plan.commandLine.get("lectern.image_sha256");
  if (!report || !token || !image || !sha256)
    return { phase: "halted", note: "the script does not say what to install" };

  try {
    for (const url of [plan.kernel, ...plan.initrds]) await fetchVerified(context, url, digestInUrl(url));
    const told = await persist(context, { url: report, token, json: { state: "installing" } });
    if (told.status !== 200) return refused(told);
    await fetchVerified(context, image, sha256);
  } catch (error) {
    if (!(error instanceof WrongContent)) throw error;
    await persist(context, { url: report, token, json: { state: "failed", error: error.message } });
    return { phase: "halted", note: error.message };
  }
  const installed = { image: sha256, report, token };
  replaceFile(diskFile(context), JSON.stringify(installed));
  return reportReady(context, installed);
}

/** A machine that nobody registered says what it is, and does no more. */
async function discover(context: Boot): Promise<BootResult> {
  const { room, machine } = context;
  const { address, port } = room.inventory.services.boot;
  const told = await persist(context, {
    url: `http://${address}:${port}/v1/discovered/${machine.mac}`,
    json: installedHardware(room, machine),
  });
  if (told.status !== 204) return refused(told);
  return { phase: "halted", note: "no boot device: the machine is not registered, and its disk is empty" };
}

async function bootFromDisk(context: Boot, disk: z.infer<typeof diskSchema>): Promise<BootResult> {
  context.log("boots from disk");
  return reportReady(context, disk);
}

async function reportReady(
  context: Boot,
  { report, token }: z.infer<typeof diskSchema>,
): Promise<BootResult> {
  const hardware = installedHardware(context.room, context.machine);
  const told = await persist(context, { url: report, token, json: { state: "ready", hardware } });
  return told.status === 200 ? { phase: "ready", note: "reported ready" } : refused(told);
}

function refused({ status, body }: HttpAnswer): BootResult {
  return {
    phase: "halted",
    note: `the boot service refused the report: ${status} ${body.toString("utf8").slice(0, 300)}`,
  };
}

/** A file differs from the digest it should have. */
class WrongContent extends Error {}

async function fetchVerified(context: Boot, url: string, sha256: string): Promise<void> {
  const { status, body } = await persist(context, { url });
  if (status !== 200) throw new WrongContent(`${url}: ${status}`);
  const found = createHash("sha256").update(body).digest("hex");
  if (found !== sha256) throw new WrongContent(`${url}: SHA-256 is ${found}, not ${sha256}`);
  context.log(`fetched ${sha256.slice(0, 12)}, ${body.length} bytes, digest right`);
}

/** The file that iPXE is to boot is named by its digest; a path that ends otherwise matches nothing. */
function digestInUrl(url: string): string {
  return /\/images\/([0-9a-f]{64})$/.exec(url)?.[1] ?? "no digest in the URL";
}

/** Calls until something answers; a server's own failure (5xx) counts as no answer. */
async function persist(context: Boot, request: Omit<HttpCall, "from" | "signal">): Promise<HttpAnswer> {
  const { machine, signal, log } = context;
  for (let pause = 100; ; pause = Math.min(pause * 2, 2_000)) {
    try {
      const answer = await call({ ...request, from: machine.address, signal });
      if (answer.status < 500) return answer;
      log(`${request.url}: ${answer.status}`);
    } catch (error) {
      signal.throwIfAborted();
      log(`${request.url}: ${(error as Error).message}`);
    }
    await sleep(pause, undefined, { signal });
  }
}

function diskFile({ room, machine }: Boot): string {
  return join(machineFolder(room, machine.name), "disk.json");
}

function readDisk(context: Boot): z.infer<typeof diskSchema> | undefined {
  const text = readIfThere(diskFile(context));
  return text === undefined ? undefined : diskSchema.parse(JSON.parse(text));
}
