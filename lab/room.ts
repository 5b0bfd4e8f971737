import { randomInt } from "node:crypto";
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { withLock } from "../base/lock";
import { type Credentials, credentialsSchema } from "../bare-metal/inventory/credentials";
import type { Inventory } from "../bare-metal/inventory/inventory";
import { readInventory } from "../bare-metal/inventory/validate";
import { privateFolder, readIfThere, replaceFile } from "../base/files";
import { prefixIsFree } from "./prefix";

const CLONE = join(__dirname, "..");
/** Written down once in a clone; NET in it stands for a room's prefix. */
const TEMPLATE = join(__dirname, "room.yaml");

const roomFileSchema = z.object({ name: z.string(), net: z.string().regex(/^\d{1,3}\.\d{1,3}$/) });

/** A virtual machine room on this machine's loopback (docs/architecture.md, State). */
export interface Room {
  readonly name: string;
  /** `.lectern/rooms/<name>` of the clone, absolute. */
  readonly dir: string;
  /** First two bytes of its addresses, such as `127.71`. */
  readonly net: string;
  readonly inventory: Inventory;
  /** Secrets: never to be printed. */
  readonly credentials: Credentials;
  /** What programs that work on this room find in their environment. Holds no secret. */
  readonly env: Readonly<Record<string, string>>;
}

export interface CreateRoomOptions {
  /** Prefix to use, such as `127.81`. Default: 127.71 for `lab`, else the next that no other room and no process has. */
  readonly net?: string;
  /** The inventory to make, with NET and OCTET for the prefix. Default: lab/room.yaml. */
  readonly template?: string;
}

/**
 * Makes the room's folder, or completes it: what is there is kept, so it may be run again after a kill at any point.
 * @param root The clone in whose `.lectern/` the room lies. Default: this one.
 * @throws {Error} if the name is not a DNS label, or no prefix is free
 */
export async function createRoom(
  name: string,
  root = CLONE,
  { net, template }: CreateRoomOptions = {},
): Promise<Room> {
  if (!/^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$/.test(name)) {
    throw new Error(`room ${JSON.stringify(name)}: not a name; use a-z, 0-9 and -, at most 32`);
  }
  const dir = roomFolder(name, root);
  privateFolder(join(root, ".lectern"));
  privateFolder(dir);
  // Two rooms that are made side by side must not choose the same prefix.
  await withLock(join(root, ".lectern", "rooms", ".lock"), async () => {
    const file = join(dir, "room.json");
    if (readIfThere(file) !== undefined) return;
    const chosen = net ?? (await choosePrefix(name, root));
    replaceFile(file, `${JSON.stringify({ name, net: chosen }, undefined, 2)}\n`);
  });
  const { net: prefix } = readRoomFile(dir);

  const inventoryFile = join(dir, "inventory.yaml");
  if (readIfThere(inventoryFile) === undefined) {
    replaceFile(inventoryFile, inventoryTemplate(prefix, template));
  }
  const inventory = readInventory(readFileSync(inventoryFile, "utf8"), inventoryFile);
  completeCredentials(dir, inventory);
  return openRoom(name, root);
}

/**
 * Reads a room that was made.
 * @throws {Error} if there is none, or its files are damaged
 */
export function openRoom(name: string, root = CLONE): Room {
  return openRoomFolder(roomFolder(name, root));
}

/** The same, for a program that was told the folder: `$LECTERN_ROOM_DIR`. */
export function openRoomFolder(folder: string): Room {
  const { name, net } = readRoomFile(folder);
  const dir = realpathSync(folder);
  const inventoryFile = join(dir, "inventory.yaml");
  const inventory = readInventory(readFileSync(inventoryFile, "utf8"), inventoryFile);
  const credentials = credentialsSchema.parse(
    JSON.parse(readFileSync(join(dir, "credentials.json"), "utf8")),
  );
  return { name, dir, net, inventory, credentials, env: { LECTERN_ROOM: name, LECTERN_ROOM_DIR: dir } };
}

/** The inventory of a new room (lab/room.yaml): NET is its prefix, such as `127.71`, OCTET the second number of that. */
export function inventoryTemplate(net: string, template = TEMPLATE): string {
  const octet = net.slice(net.indexOf(".") + 1);
  return readFileSync(template, "utf8").replaceAll("NET.", `${net}.`).replaceAll("OCTET", octet);
}

function roomFolder(name: string, root: string): string {
  return join(root, ".lectern", "rooms", name);
}

function readRoomFile(dir: string): z.infer<typeof roomFileSchema> {
  const file = join(dir, "room.json");
  const text = readIfThere(file);
  if (text === undefined) throw new Error(`${file}: no such room; make it with: lectern lab up`);
  return roomFileSchema.parse(JSON.parse(text));
}

async function choosePrefix(name: string, root: string): Promise<string> {
  const rooms = join(root, ".lectern", "rooms");
  const taken = new Set(
    readdirSync(rooms).flatMap((other) => {
      const text = readIfThere(join(rooms, other, "room.json"));
      return text === undefined ? [] : [roomFileSchema.parse(JSON.parse(text)).net];
    }),
  );
  for (let second = name === "lab" ? 71 : 72; second < 255; second++) {
    const net = `127.${second}`;
    if (!taken.has(net) && (await prefixIsFree(net))) return net;
  }
  throw new Error(
    `room ${name}: every prefix from 127.72 to 127.254 is in use; remove a room you no longer need`,
  );
}

/** Makes the secrets that are missing; those that are there stay. */
function completeCredentials(dir: string, inventory: Inventory): void {
  const file = join(dir, "credentials.json");
  const text = readIfThere(file);
  const known = text === undefined ? undefined : credentialsSchema.parse(JSON.parse(text));
  const bmc = Object.fromEntries(
    // 16 bytes is the most that IPMI 1.5 and ipmi_sim take.
    inventory.machines.map((m) => [m.name, known?.bmc[m.name] ?? { password: randomText(16) }]),
  );
  const complete = JSON.stringify({ bmc, bootToken: known?.bootToken ?? randomText(43) }, undefined, 2);
  if (`${complete}\n` !== text) replaceFile(file, `${complete}\n`);
}

/** Letters and digits only, so that no configuration file and no shell reads them as anything else. */
function randomText(length: number): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
}
