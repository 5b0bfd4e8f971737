import assert from "node:assert/strict";
import { compareSync } from "bcryptjs";
import fc from "fast-check";
import { describeFault } from "../../../../base/faults";
import type { Context, Properties } from "../../../../base/provider";
import { randomId, randomUuid7 } from "../../../../toolchain/pulumi-plugins/random/bytes";
import { randomInteger, randomShuffle } from "../../../../toolchain/pulumi-plugins/random/choices";
import { pick, shuffled } from "../../../../toolchain/pulumi-plugins/random/draw";
import { randomPassword, randomString } from "../../../../toolchain/pulumi-plugins/random/strings";

const context: Context = {
  signal: new AbortController().signal,
  hasSecrets: false,
  info: () => undefined,
  warn: () => undefined,
  status: () => undefined,
};
const count = (text: string, of: RegExp) => (text.match(of) ?? []).length;

/** Chi-squared of counts against equal chances. */
function chiSquared(counts: readonly number[], draws: number): number {
  const expected = draws / counts.length;
  return counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
}

describe("random provider", () => {
  it("makes strings of the length and the classes asked for", async () => {
    const least = fc.integer({ min: 0, max: 5 });
    const asked = fc.record({ minLower: least, minUpper: least, minNumeric: least, minSpecial: least });
    await fc.assert(
      fc.asyncProperty(asked, fc.integer({ min: 20, max: 60 }), async (minima, length) => {
        const { outputs } = await randomString.create({ ...minima, length }, context);
        const { result } = outputs as { result: string };
        assert.equal(result.length, length);
        assert.ok(count(result, /[a-z]/g) >= minima.minLower && count(result, /[A-Z]/g) >= minima.minUpper);
        assert.ok(
          count(result, /[0-9]/g) >= minima.minNumeric && count(result, /[^a-zA-Z0-9]/g) >= minima.minSpecial,
        );
      }),
      { numRuns: 50 },
    );
  });

  it("hashes a password so that bcrypt knows it again", async () => {
    const { outputs } = await randomPassword.create({ length: 20 }, context);
    const { result, bcryptHash } = outputs as { result: string; bcryptHash: string };
    assert.ok(compareSync(result, bcryptHash));
  });

  it("draws every item with the same chance", () => {
    const items = [...Array(10).keys()];
    const counts = items.map(() => 0);
    for (let i = 0; i < 20_000; i++) counts[pick(items)]!++;
    // 9 degrees of freedom: above 50 once in ten million runs.
    assert.ok(chiSquared(counts, 20_000) < 50);
  });

  it("draws every order with the same chance", () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 12_000; i++) {
      const order = shuffled(["a", "b", "c"]).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    assert.equal(counts.size, 6);
    assert.ok(chiSquared([...counts.values()], 12_000) < 45);
  });

  it("reaches both ends of a range and nothing beyond", async () => {
    const seen = new Set<unknown>();
    for (let i = 0; i < 200; i++) {
      const { outputs } = await randomInteger.create({ min: -1, max: 1 }, context);
      seen.add((outputs as Properties).result);
    }
    assert.deepEqual([...seen].sort(), [-1, 0, 1]);
  });

  it("shuffles without losing or inventing an input", async () => {
    const { outputs } = await randomShuffle.create({ inputs: ["a", "b", "c"], resultCount: 6 }, context);
    assert.deepEqual((outputs as { results: string[] }).results.sort(), ["a", "a", "b", "b", "c", "c"]);
  });

  it("writes an id in four notations of the same bytes", async () => {
    const { outputs } = await randomId.create({ byteLength: 8, prefix: "x-" }, context);
    const { hex, dec, b64Url } = outputs as Record<string, string>;
    assert.equal(BigInt(`0x${hex?.slice(2)}`), BigInt(dec?.slice(2) ?? ""));
    assert.equal(Buffer.from(b64Url?.slice(2) ?? "", "base64url").toString("hex"), hex?.slice(2));
  });

  it("puts time, version and variant where RFC 9562 has them", async () => {
    const before = Date.now();
    const { outputs } = await randomUuid7.create({}, context);
    const { result } = outputs as { result: string };
    assert.match(result, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const at = parseInt(result.replaceAll("-", "").slice(0, 12), 16);
    assert.ok(before <= at && at <= Date.now());
  });

  for (const [inputs, reason] of [
    [{ length: 0 }, /whole number from 1/],
    [{ length: 3, minLower: 2, minUpper: 2 }, /less than the 4 characters/],
    [{ length: 8, lower: false, upper: false, number: false, special: false }, /no characters are left/],
    [{ length: 8, seed: "1" }, /seed/],
  ] as const) {
    it(`refuses ${JSON.stringify(inputs)}`, () => {
      const [fault] = randomString.check?.(inputs) ?? [];
      assert.match(fault ? describeFault(fault) : "", reason);
    });
  }

  it("replaces when a keeper or a default changes, and not for state that the official plugin wrote", () => {
    const outputs = {
      ...{ length: 8, lower: true, upper: true, numeric: true, number: true, special: true },
      ...{ minLower: 0, minUpper: 0, minNumeric: 0, minSpecial: 0, keepers: { a: "1" }, result: "x" },
    };
    const inputs = { __defaults: ["lower"], length: 8, lower: true, keepers: { a: "1" } };
    const diff = (news: Properties) =>
      randomString
        .diff?.({ id: "x", inputs, outputs }, news)
        .filter(({ replaces }) => replaces)
        .map(({ path }) => path[0]);
    assert.deepEqual(diff({ length: 8, keepers: { a: "1" } }), []);
    assert.deepEqual(diff({ length: 8, keepers: { a: "2" } }), ["keepers"]);
    assert.deepEqual(diff({ length: 8 }), ["keepers"]);
    assert.deepEqual(diff({ length: 8, keepers: { a: "1" }, special: false }), ["special"]);
  });
});
