import type { BootChoice } from "./environment";
import type { Slot } from "./layout";

/** What was found on the disk that is to be installed to. */
export interface DiskState {
  /** Its table is the one that this site made. */
  readonly own: boolean;
  /** Something is on it. */
  readonly holds: boolean;
  /** Its data partition holds the file system that this site made. */
  readonly data: boolean;
  /** Its boot loader is whole. */
  readonly loader: boolean;
  readonly choice: BootChoice;
  /** SHA-256 of the root of each slot that is whole: as it was written, and as it reads now. */
  readonly slots: Readonly<Partial<Record<Slot, string>>>;
}

/** A disk of which nothing is known but whether something is on it. */
export const foreignDisk = (holds: boolean): DiskState => ({
  own: false,
  holds,
  data: false,
  loader: false,
  choice: {},
  slots: {},
});

/** One thing to do to the disk. */
export type Step =
  /** Take away what is on it. */
  | { readonly do: "wipe" }
  | { readonly do: "partition" }
  /** Make the file system of the data partition. */
  | { readonly do: "data" }
  | { readonly do: "loader" }
  /** Write the image, read it back, and only then call the slot whole. */
  | { readonly do: "write"; readonly slot: Slot }
  /** Which slot starts next. */
  | { readonly do: "choose"; readonly choice: BootChoice };

/**
 * What is to be done so that the disk starts this image next. The slot that came up last is never written, so that
 * there is always one to go back to; a disk that is this site's own keeps its data.
 * @param root SHA-256 of the root file system.
 */
export function planInstall(root: string, state: DiskState): readonly Step[] {
  const { own, holds, data, loader, choice, slots } = state;
  const steps: Step[] = [];
  if (!own && holds) steps.push({ do: "wipe" });
  if (!own) steps.push({ do: "partition" });
  if (!data) steps.push({ do: "data" });
  if (!loader) {
    // Without it nothing tells what the slots hold.
    steps.push({ do: "loader" }, { do: "write", slot: "a" }, { do: "choose", choice: { try: "a" } });
    return steps;
  }
  const { good } = choice;
  if (good !== undefined && slots[good] === root) {
    if (choice.try !== undefined) steps.push({ do: "choose", choice: { good } });
    return steps;
  }
  const slot = good === "a" ? "b" : good === "b" ? "a" : slots.b === root ? "b" : "a";
  if (slots[slot] !== root) {
    // What is half written must not be started.
    if (choice.try === slot) steps.push({ do: "choose", choice: { good } });
    steps.push({ do: "write", slot });
  }
  steps.push({ do: "choose", choice: { good, try: slot } });
  return steps;
}

/** The slot that starts next. */
export function nextSlot({ good, try: once }: BootChoice): Slot | undefined {
  return once ?? good;
}
