import { SLOTS, type Slot } from "./layout";

/** Which slot the boot loader starts. */
export interface BootChoice {
  /** The one that came up last. Undefined: none did yet. */
  readonly good?: Slot | undefined;
  /** The one to start once, whatever comes of it. */
  readonly try?: Slot | undefined;
}

const SIZE = 1024;
const HEAD = "# GRUB Environment Block\n";

/** GRUB's environment block (GRUB manual, Environment block): 1,024 bytes, which GRUB writes in place. */
export function renderEnvironment({ good, try: once }: BootChoice): Buffer {
  const text = `${HEAD}good=${good ?? ""}\ntry=${once ?? ""}\n`;
  return Buffer.from(text.padEnd(SIZE, "#"), "latin1");
}

/** What a block says; nothing where it is damaged. */
export function readEnvironment(block: Buffer): BootChoice {
  const text = block.toString("latin1");
  if (!text.startsWith(HEAD)) return {};
  const slot = (key: string): Slot | undefined => {
    const found = new RegExp(`^${key}=(.)$`, "m").exec(text)?.[1];
    return SLOTS.find((name) => name === found);
  };
  return { good: slot("good"), try: slot("try") };
}
