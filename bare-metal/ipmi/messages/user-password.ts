import { type Command, NetFn } from "./command";

/** Operations of Set User Password (IPMI 2.0 section 22.30). */
const Operation = { disable: 0, enable: 1, set: 2, test: 3 } as const;
const TWENTY_BYTES = 0x80;

const COMPLETION_CODES = {
  0x80: "the password is another one",
  0x81: "the stored password has another length, 16 or 20 bytes",
};

/** Enables a user, or disables it. Set User Password, IPMI 2.0 section 22.30. Needs administrator. */
export function setUserEnabled(user: number, enabled: boolean): Command<void> {
  return command(Buffer.from([user, enabled ? Operation.enable : Operation.disable]));
}

/**
 * Sets a password. The command holds a copy of it, which is wiped once it has been sent.
 * @param size how many bytes the BMC stores: 16, which IPMI 1.5 logins can use too, or 20
 * @param password at most `size` bytes
 */
export function setUserPassword(user: number, password: Buffer, size: 16 | 20): Command<void> {
  return command(withPassword(user, Operation.set, password, size));
}

/** Asks whether this is the user's password; completion codes 80h and 81h say that it is not. */
export function testUserPassword(user: number, password: Buffer, size: 16 | 20): Command<void> {
  return command(withPassword(user, Operation.test, password, size));
}

function withPassword(user: number, operation: number, password: Buffer, size: 16 | 20): Buffer {
  const data = Buffer.alloc(2 + size);
  data.writeUInt8(user | (size === 20 ? TWENTY_BYTES : 0), 0);
  data.writeUInt8(operation, 1);
  password.copy(data, 2);
  return data;
}

function command(data: Buffer): Command<void> {
  return {
    name: "Set User Password",
    netFn: NetFn.app,
    code: 0x47,
    data,
    secret: true,
    completionCodes: COMPLETION_CODES,
    decode() {
      // The answer holds a completion code only.
    },
  };
}
