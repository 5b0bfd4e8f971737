import type { Fragment } from "./index";
export function renderPartitions(_fragments: readonly Fragment[]): string {
  throw new Error("not yet");
}
