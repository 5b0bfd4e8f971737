import { getWatchdogTimer } from "../../../../../bare-metal/ipmi/messages/watchdog";
import type { DecoderUnderTest } from "../../../../fixtures/ipmi/decoder-tables";

/** Table 27-4. */
export const decoders: readonly DecoderUnderTest[] = [
  {
    name: "Get Watchdog Timer",
    decode: (bytes) => getWatchdogTimer.decode(bytes),
    samples: [Buffer.from("43231e04b504b404", "hex")],
  },
];
