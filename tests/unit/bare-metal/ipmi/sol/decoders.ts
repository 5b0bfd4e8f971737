import {
  activatePayload,
  getPayloadInstance,
  getPayloadStatus,
} from "../../../../../bare-metal/ipmi/messages/payload-activation";
import { getSolParameter } from "../../../../../bare-metal/ipmi/messages/sol-parameters";
import { decodeSol } from "../../../../../bare-metal/ipmi/sol/packet";
import type { DecoderUnderTest } from "../../../../fixtures/ipmi/decoder-tables";

const hex = (...samples: string[]) => samples.map((text) => Buffer.from(text, "hex"));

/** Every decoder of serial over LAN; replies as goipmi-server 0.9.1 answered. */
export const decoders: readonly DecoderUnderTest[] = [
  {
    name: "SOL payload",
    decode: decodeSol,
    samples: hex("03000000", "0003054068656c6c6f", "05020100726f6f74"),
  },
  {
    name: "Activate Payload",
    decode: (bytes) => activatePayload(1, 1).decode(bytes),
    samples: hex("00000000ff00ff00fad5ffff"),
  },
  {
    name: "Get Payload Activation Status",
    decode: (bytes) => getPayloadStatus(1).decode(bytes),
    samples: hex("010000", "010100"),
  },
  {
    name: "Get Payload Instance Info",
    decode: (bytes) => getPayloadInstance(1, 1).decode(bytes),
    samples: hex("000000000100000000000000", "0200a0f20100000000000000"),
  },
  {
    name: "Get SOL Configuration Parameters",
    decode: (bytes) => getSolParameter(14, 4).decode(bytes),
    samples: hex("110305"),
  },
];
