import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ProcessFolder } from "../../base/processes";
import { makeSigningKey, publicKeyOf, signManifest } from "../../images/node/manifest";
import { publishImage } from "../../images/node/publish";
import type { DhcpOptions } from "../../bare-metal/boot/dnsmasq";
import { readIfThere, replaceFile } from "../../base/files";
import { startBmcs } from "../bmc";
import { startBootService } from "../boot-service";
import { startFirmware } from "../firmware";
import { imagesFolder } from "../images";
import { startRegistry } from "../registry";
import { createRoom, type Room } from "../room";
import { startDhcp } from "./dhcp";
import { stopVirtualMachines, virtualMachines, writeVirtualMachines } from "./machines";
import { layOutNetwork } from "./network";
import { tapOf, type VirtualMachine } from "./qemu";

const TEMPLATE = join(__dirname, "room.yaml");

export interface VirtualRoomOptions {
  readonly name: string;
  /** Folder in whose `.lectern/` the room lies. */
  readonly root: string;
  /** First two bytes of its addresses, such as `100.77`. */
  readonly net: string;
  /** A built node image (toolchain/node-image.ts). */
  readonly image: string;
  /** Of its virtual machines, and what their clocks show. */
  readonly hardware?: Pick<VirtualMachine, "firmware" | "clock">;
  /** File with its inventory, NET and OCTET for the prefix. Default: lab/vm/room.yaml. */
  readonly template?: string;
  /** Default: `server`. */
  readonly dhcp?: DhcpOptions["mode"];
}

/**
 * A small room with a machine that really boots: network, boot service with the node image, DHCP, BMCs, registry. All
 * machines are off. To be run in a network namespace of its own.
 */
export async function startVirtualRoom(options: VirtualRoomOptions): Promise<Room> {
  const { name, root, net, image, hardware, template = TEMPLATE, dhcp } = options;
  const room = await createRoom(name, root, { net, template });
  const virtual = virtualMachines(room);
  await layOutNetwork(net, virtual.map(tapOf));
  await publishToRoom(room, image);
  writeVirtualMachines(room, hardware);
  await Promise.all([
    startBootService(room),
    startRegistry(room),
    startDhcp(room, virtual, dhcp),
    startBmcs(room, virtual),
  ]);
  await startFirmware(room, virtual);
  return room;
}

/** Stops everything of the room, machines first. Idempotent. */
export async function stopVirtualRoom(room: Room): Promise<void> {
  const processes = new ProcessFolder(join(room.dir, "run"));
  await processes.stopAll(processes.names().filter((process) => process.startsWith("bmc-")));
  await stopVirtualMachines(room);
  await processes.stopAll();
}

/** Signs an image with the room's key, made when it is first needed, and puts it where the boot service finds it. */
export async function publishToRoom(room: Room, image: string, name?: string): Promise<void> {
  const keyFile = join(room.dir, "site.key");
  if (readIfThere(keyFile) === undefined) replaceFile(keyFile, makeSigningKey().privateKey);
  const key = readIfThere(keyFile) ?? "";
  const signature = join(room.dir, "manifest.sig");
  replaceFile(signature, signManifest(readFileSync(join(image, "manifest.json"), "utf8"), key));
  const set = name === undefined ? {} : { name };
  await publishImage({ image, signature, images: imagesFolder(room), publicKey: publicKeyOf(key), ...set });
}
