import assert from "node:assert/strict";
import fc from "fast-check";
import { sameSystemGuid } from "../../../../bare-metal/bmc/system-guid";

/** The example of DSP0134 (SMBIOS 3.7), section 7.2.1: the UUID as text, and its bytes as SMBIOS stores them. */
const TEXT = "00112233445566778899aabbccddeeff";
const STORED = "33221100554477668899aabbccddeeff";
const REVERSED = "ffeeddccbbaa99887766554433221100";

describe("sameSystemGuid", () => {
  it("knows a machine by its GUID in each byte order", () => {
    for (const a of [TEXT, STORED, REVERSED]) {
      for (const b of [TEXT, STORED, REVERSED]) assert.ok(sameSystemGuid(a, b), `${a} ${b}`);
    }
  });

  it("tells machines apart", () => {
    assert.ok(!sameSystemGuid(TEXT, TEXT.replace("00", "01")));
    assert.ok(!sameSystemGuid("", TEXT));
    const guid = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((b) => Buffer.from(b).toString("hex"));
    const sorted = (hex: string) => (hex.match(/../g) ?? []).sort().join("");
    fc.assert(
      fc.property(guid, guid, (a, b) => {
        if (sorted(a) !== sorted(b)) assert.ok(!sameSystemGuid(a, b));
        assert.equal(sameSystemGuid(a, b), sameSystemGuid(b, a));
        assert.ok(sameSystemGuid(a, a));
      }),
    );
  });
});
