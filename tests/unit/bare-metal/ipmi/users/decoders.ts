import { getUserAccess } from "../../../../../bare-metal/ipmi/messages/user-access";
import { getUserName } from "../../../../../bare-metal/ipmi/messages/user-name";
import { getUserPayloadAccess } from "../../../../../bare-metal/ipmi/messages/user-payload-access";
import type { DecoderUnderTest } from "../../../../fixtures/ipmi/decoder-tables";

const hex = (...samples: string[]) => samples.map((text) => Buffer.from(text, "hex"));

/** Every decoder of user management; samples as ipmi_sim of OpenIPMI 2.0.33 and goipmi-server 0.9.1 answered. */
export const decoders: readonly DecoderUnderTest[] = [
  {
    name: "Get User Access",
    decode: (bytes) => getUserAccess(14, 2).decode(bytes),
    samples: hex("3f010014", "3f420114"),
  },
  {
    name: "Get User Name",
    decode: (bytes) => getUserName(2).decode(bytes),
    samples: hex("6c65637465726e000000000000000000"),
  },
  {
    name: "Get User Payload Access",
    decode: (bytes) => getUserPayloadAccess(14, 2).decode(bytes),
    samples: hex("02000000"),
  },
];
