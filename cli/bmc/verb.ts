import type { BmcDriver } from "../../bare-metal/bmc/driver";
import type { Ipmi, Privilege } from "../../bare-metal/ipmi";
import type { Cell } from "../table";

/** What one verb asks of a BMC, and how its answer is shown. */
export type Verb<T> = Shown<T> & (OverAny<T> | OverIpmi<T>);

interface Shown<T> {
  /** As it is typed: `power off`. */
  readonly name: string;
  /** What it takes at least; asked for over IPMI. */
  readonly privilege: Privilege;
  /** Names of the columns beside the host. */
  readonly head: readonly string[];
  /** The answer as rows; as JSON it is shown as it is. */
  rows(value: T): readonly (readonly Cell[])[];
  /**
   * What is asked before it is done to so many hosts, such as `Power off 48 machines`. Default, and undefined:
   * it is done without asking.
   */
  question?(hosts: number): string | undefined;
}

interface OverAny<T> {
  driver(bmc: BmcDriver): Promise<T>;
  /** A shorter way to the same answer. Default: through the driver. */
  ipmi?(ipmi: Ipmi): Promise<T>;
}

interface OverIpmi<T> {
  readonly driver?: undefined;
  ipmi(ipmi: Ipmi): Promise<T>;
}
