import type { Fault } from "../../base/faults";
import type { Fragment, ReservedPkey } from "./index";
export function checkPartitions(
  _fragments: readonly Fragment[],
  _options: { knownPorts?: ReadonlySet<string>; reserved?: readonly ReservedPkey[] } = {},
): Fault[] {
  throw new Error("not yet");
}
