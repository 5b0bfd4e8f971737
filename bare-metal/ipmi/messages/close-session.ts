import { type Command, NetFn } from "./command";

/** Close Session, IPMI 2.0 section 22.19. A session may close itself whatever its privilege. */
export function closeSession(bmcSessionId: number): Command<void> {
  const data = Buffer.alloc(4);
  data.writeUInt32LE(bmcSessionId);
  return {
    name: "Close Session",
    netFn: NetFn.app,
    code: 0x3c,
    data,
    completionCodes: { 0x87: "invalid session ID in request", 0x88: "invalid session handle in request" },
    decode() {
      // The answer holds a completion code only.
    },
  };
}
