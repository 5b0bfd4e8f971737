import { createHmac, randomBytes } from "node:crypto";
import { inspect } from "node:util";

/** Makes the marks of this process worthless to any other. */
const MARK_KEY = randomBytes(32);

/** What one client knows and never shows: its password and, where one is set, the BMC key. */
export class Secrets {
  readonly #password: Buffer;
  readonly #bmcKey: Buffer | undefined;

  /** Both are copied. */
  constructor(password: string | Uint8Array, bmcKey: string | Uint8Array | undefined) {
    this.#password = bytesOf(password);
    this.#bmcKey = bmcKey === undefined ? undefined : bytesOf(bmcKey);
  }

  get password(): Buffer {
    return this.#password;
  }

  get bmcKey(): Buffer | undefined {
    return this.#bmcKey;
  }

  /** Is the same for the same secrets, within this process; tells nothing of them. */
  mark(): string {
    const mac = createHmac("sha256", MARK_KEY);
    mac.update(Buffer.from([this.#password.length])).update(this.#password);
    return mac.update(this.#bmcKey ?? Buffer.alloc(0)).digest("hex");
  }

  wipe(): void {
    this.#password.fill(0);
    this.#bmcKey?.fill(0);
  }

  [inspect.custom](): string {
    return "Secrets { hidden }";
  }
}

function bytesOf(secret: string | Uint8Array): Buffer {
  return typeof secret === "string" ? Buffer.from(secret) : Buffer.from(secret);
}
