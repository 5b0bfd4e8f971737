import type { Fragment } from "./index";
export function parsePartitions(_text: string): Fragment[] {
  throw new Error("not yet");
}
