/** A controller's place on a bus. */
export interface ControllerAddress {
  /** Slave address on the IPMB, eight bits, the lowest 0: 2 to FEh. 20h on channel 0 is the BMC. */
  readonly address: number;
  /** The bus, as whoever passes a message on numbers it: 0 to 15; 0 is the primary IPMB. */
  readonly channel: number;
}

/** The way from the BMC to a controller behind it: over one bus, or over a controller that passes messages on. */
export interface ControllerPath extends ControllerAddress {
  /** Its channel is the BMC's, and `channel` is then one of this controller's. Default: none. */
  readonly transit?: ControllerAddress | undefined;
}

/** As in `controller 0x2c, channel 6, through 0x82, channel 0`. */
export function pathInWords({ transit, ...target }: ControllerPath): string {
  const words = `controller ${addressInWords(target)}`;
  return transit ? `${words}, through ${addressInWords(transit)}` : words;
}

/** As in `0x2c, channel 6`. */
export function addressInWords({ address, channel }: ControllerAddress): string {
  return `0x${address.toString(16).padStart(2, "0")}, channel ${channel}`;
}
