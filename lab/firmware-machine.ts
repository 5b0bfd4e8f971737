import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Milliseconds } from "../base/units";
import type { InventoryMachine } from "../bare-metal/inventory/inventory";
import { readIfThere, replaceFile } from "../base/files";
import { boot } from "./firmware-boot";
import { machineFolder } from "./machine";
import type { Room } from "./room";

/** `firmware.json` of a machine: how far its last start came. */
const progressSchema = z.object({
  start: z.string(),
  phase: z.enum(["booting", "ready", "halted"]),
  note: z.string(),
});
export type FirmwareProgress = z.infer<typeof progressSchema>;

export interface FirmwareOptions {
  /** How long a machine takes before it asks for its script. */
  readonly bootTime: Milliseconds;
  readonly log: (line: string) => void;
}

/** Keeps one machine running as its BMC's files say (chassis-control.sh): what is switched on boots once, what is off stops. */
export class FirmwareMachine {
  readonly dir: string;
  private run: { readonly start: string; readonly power: AbortController } | undefined;

  constructor(
    private readonly room: Room,
    private readonly machine: InventoryMachine,
    private readonly options: FirmwareOptions,
  ) {
    this.dir = machineFolder(room, machine.name);
  }

  /** Looks at the files and does what they ask for. May be called at any time, any number of times. */
  reconcile(): void {
    const on = readIfThere(join(this.dir, "power"))?.trim() === "on";
    const [start, device = "default"] =
      (on ? readIfThere(join(this.dir, "start")) : undefined)?.trim().split(" ") ?? [];
    if (this.run?.start === start) return;
    this.run?.power.abort();
    this.run = undefined;
    if (start === undefined) return;
    const last = readProgress(this.dir);
    const power = new AbortController();
    this.run = { start, power };
    // A start that came to its end before this program was started anew is not repeated.
    if (last?.start === start && last.phase !== "booting") return;
    this.begin(start, device, power.signal).catch((error: unknown) => {
      if (power.signal.aborted) return this.log("power is gone");
      this.note({ start, phase: "halted", note: (error as Error).message });
    });
  }

  private async begin(start: string, device: string, signal: AbortSignal): Promise<void> {
    this.note({ start, phase: "booting", note: `boot device ${device}` });
    if (this.options.bootTime > 0) await sleep(this.options.bootTime, undefined, { signal });
    const { room, machine } = this;
    const result = await boot({ room, machine, device, signal, log: (line) => this.log(line) });
    signal.throwIfAborted();
    this.note({ start, ...result });
  }

  private note(progress: FirmwareProgress): void {
    replaceFile(join(this.dir, "firmware.json"), JSON.stringify(progress));
    this.log(`${progress.phase}: ${progress.note}`);
  }

  private log(line: string): void {
    this.options.log(`${this.machine.name}: ${line}`);
  }
}

/** How far the machine's last start came, or undefined if it was never switched on. */
export function readProgress(dir: string): FirmwareProgress | undefined {
  const text = readIfThere(join(dir, "firmware.json"));
  return text === undefined ? undefined : progressSchema.parse(JSON.parse(text));
}
