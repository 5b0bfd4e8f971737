import assert from "node:assert/strict";
import { inspect } from "node:util";
import { RedfishArgumentError, redfishDriver } from "../../../../bare-metal/redfish";
import { checkedOptions } from "../../../../bare-metal/redfish/options";
import { parseFingerprint } from "../../../../bare-metal/redfish/transport/trust";

describe("options of a Redfish client", () => {
  it("are refused out of range, and nothing is sent", () => {
    for (const [change, pattern] of [
      [{ port: 0 }, /port = 0/],
      [{ timeout: 0.5 }, /timeout = 0\.5/],
      [{ retries: 21 }, /retries = 21/],
      [{ certificate: "ab:cd" }, /certificate = ab:cd.*fingerprint/],
      [{ host: "" }, /host is empty/],
      [{ user: "a:b" }, /user name empty or with a colon/],
    ] as const) {
      const target = { host: "127.85.0.1", user: "u", password: "p4ssw0rd", ...change };
      assert.throws(
        () => redfishDriver(target),
        (error: unknown) => {
          assert.ok(error instanceof RedfishArgumentError);
          assert.match(error.message, pattern);
          return !inspect(error).includes("p4ssw0rd");
        },
      );
    }
  });

  it("have their defaults", () => {
    const { port, label, timeout, retries, trust } = checkedOptions("::1", "u", {});
    assert.deepEqual([port, label, timeout, retries], [443, "[::1]:443", 30_000, 3]);
    assert.deepEqual(trust, { pin: undefined, authorities: undefined });
  });
});

describe("parseFingerprint", () => {
  it("reads what openssl and browsers print", () => {
    const bytes = Buffer.from(Array.from({ length: 32 }, (_, n) => 200 + n));
    const digits = bytes.toString("hex");
    for (const text of [digits, digits.toUpperCase(), digits.replace(/../g, "$&:").slice(0, -1)]) {
      assert.deepEqual(parseFingerprint(text), bytes);
    }
    for (const text of ["", digits.slice(2), `${digits}00`, `g${digits.slice(1)}`]) {
      assert.equal(parseFingerprint(text), undefined, text);
    }
  });
});
