import assert from "node:assert/strict";
import fc from "fast-check";
import { expandHosts, foldHosts, HostPatternError, MOST_HOSTS } from "../../../../cli/bmc/host-ranges";
import { exitStatus } from "../../../../cli/failure";

describe("host patterns", () => {
  const examples: [string, string | undefined, string[]][] = [
    ["gpu7", undefined, ["gpu7"]],
    ["gpu[1-3]", undefined, ["gpu1", "gpu2", "gpu3"]],
    ["gpu[08-11]", undefined, ["gpu08", "gpu09", "gpu10", "gpu11"]],
    ["gpu[98-101]", undefined, ["gpu98", "gpu99", "gpu100", "gpu101"]],
    ["gpu[01-02,07],login", undefined, ["gpu01", "gpu02", "gpu07", "login"]],
    [
      "r[1-2]n[1-2]-ipmi.lan",
      undefined,
      ["r1n1-ipmi.lan", "r1n2-ipmi.lan", "r2n1-ipmi.lan", "r2n2-ipmi.lan"],
    ],
    ["10.0.[0-1].[1,3]", undefined, ["10.0.0.1", "10.0.0.3", "10.0.1.1", "10.0.1.3"]],
    ["fe80::1%eth0", undefined, ["fe80::1%eth0"]],
    ["b, a,b", undefined, ["b", "a"]],
    ["gpu[01-05]", "gpu[02-03],nobody", ["gpu01", "gpu04", "gpu05"]],
    ["[1-3]", undefined, ["1", "2", "3"]],
  ];
  for (const [pattern, exclude, hosts] of examples) {
    it(`${pattern}${exclude === undefined ? "" : ` -x ${exclude}`}`, () => {
      assert.deepEqual(expandHosts(pattern, exclude), hosts);
    });
  }

  const bad: [string, RegExp][] = [
    ["", /a name is missing/],
    ["gpu1,,gpu2", /a name is missing/],
    ["gpu[1-3", /a bracket has no partner/],
    ["gpu1-3]", /a bracket has no partner/],
    ["gpu[[1-3]]", /a bracket has no partner/],
    ["gpu[]", /"" is no range/],
    ["gpu[1-]", /"1-" is no range/],
    ["gpu[a-c]", /"a-c" is no range/],
    ["gpu[3-1]", /the range 3-1 runs backwards/],
    ["gpu[1-010]", /pads its ends differently/],
    ["gpu$", /"gpu\$" is no host name/],
    ["--yes", /is no host name/],
    ["[1-99999999]", /names 99999999 hosts, more than 100000/],
    ["a[1-50000],b[1-50001]", /names 100001 hosts/],
    [`a${"[1-999999999999999]".repeat(40)}`, /more than 100000/],
    ["a[1-9999999999999999]", /at most 15 digits/],
  ];
  for (const [pattern, problem] of bad) {
    it(`${JSON.stringify(pattern.slice(0, 30))} is refused as a thing typed wrongly`, () => {
      assert.throws(
        () => expandHosts(pattern),
        (error: unknown) => {
          assert.ok(error instanceof HostPatternError);
          assert.match(error.message, problem);
          assert.match(error.message, /; check: /);
          assert.ok(error.message.length < 300);
          assert.equal(exitStatus(error), 2);
          return true;
        },
      );
    });
  }

  it("takes as many hosts as it says", () => {
    assert.equal(expandHosts(`a[1-${MOST_HOSTS}]`).length, MOST_HOSTS);
  });

  it("refuses a pattern of which nothing is left", () => {
    assert.throws(() => expandHosts("gpu1", "gpu[1-2]"), /names no host; check: what -x leaves out/);
  });

  const host = fc.oneof(
    fc.stringMatching(/^[a-z]{1,3}\d{0,3}(-[a-z]\d{0,2})?$/),
    fc
      .tuple(
        fc.constantFrom("n", "gpu", "10.0.0."),
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 1, max: 3 }),
      )
      .map(([prefix, number, width]) => prefix + String(number).padStart(width, "0")),
  );

  it("fold to what expands to the same hosts", () => {
    fc.assert(
      fc.property(fc.array(host, { minLength: 1, maxLength: 60 }), (hosts) => {
        assert.deepEqual(expandHosts(foldHosts(hosts)).sort(), [...new Set(hosts)].sort());
      }),
    );
  });

  it("fold to what a person would write", () => {
    assert.equal(foldHosts(["gpu07", "gpu01", "gpu02", "gpu03", "login"]), "gpu[01-03,07],login");
    assert.equal(foldHosts(["gpu9", "gpu10", "gpu11"]), "gpu[9-11]");
    assert.equal(foldHosts(["10.0.0.1", "10.0.0.2", "10.0.1.1"]), "10.0.0.[1-2],10.0.1.1");
    assert.equal(foldHosts(["a1.lan", "a2.lan"]), "a[1-2].lan");
  });

  it("yield hosts or a HostPatternError, whatever is typed", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ab1-9[\],\-. 0]{0,30}$/), (pattern) => {
        try {
          assert.ok(expandHosts(pattern).length > 0);
        } catch (error) {
          assert.ok(error instanceof HostPatternError, String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
