import assert from "node:assert/strict";
import fc from "fast-check";
import { celBound, celBroken } from "../../../policies/cel";
import { conjunction } from "../../../policies/cel-conjunction";
import { RULES } from "../../../policies/rules";

/** What a condition can ask of `m`, which may have `x` and `y`, and of the elements of `items`. */
const ATOMS = [
  "a",
  "b",
  "has(m.x)",
  "has(m.y)",
  "m.x",
  "m.y == 1",
  "'(' in words",
  "words.exists(w, w == ' || ')",
];
const ELEMENT = ["k.v", "has(k.u)", "k.u", "b"];

const condition = (atoms: readonly string[], withLists: boolean): fc.Arbitrary<string> =>
  fc.letrec<{ term: string; atom: string; list: string }>((tie) => ({
    atom: fc.constantFrom(...atoms),
    list: withLists
      ? condition(ELEMENT, false).map((body) => `items.all(k, ${body})`)
      : fc.constantFrom(...atoms),
    term: fc.oneof(
      { maxDepth: 3 },
      tie("atom"),
      tie("list"),
      tie("term").map((t) => `!(${t})`),
      tie("atom").map((t) => (/^[\w.()]+$/.test(t) ? `!${t}` : `!(${t})`)),
      fc.tuple(tie("term"), tie("term")).map(([s, t]) => `(${s} && ${t})`),
      fc
        .tuple(tie("term"), tie("term"))
        .map(([s, t]) => `(${s}) || ${t}`)
        .map((t) => `(${t})`),
      fc.tuple(tie("atom"), tie("term"), tie("term")).map(([c, s, t]) => `(${c} ? ${s} : ${t})`),
    ),
  })).term;

const world = fc.record({
  a: fc.boolean(),
  b: fc.boolean(),
  words: fc.subarray(["(", " || ", "'"]),
  m: fc.record({ x: fc.boolean(), y: fc.constantFrom(1, 2) }, { requiredKeys: [] }),
  items: fc.array(fc.record({ v: fc.boolean(), u: fc.boolean() }, { requiredKeys: ["v"] }), { maxLength: 3 }),
});

describe("policies: a conjunction in CEL", () => {
  let isTrue: (cel: string, facts: Record<string, unknown>) => boolean;
  before(async () => {
    const { evaluate } = await import("@marcbachmann/cel-js");
    // An error is not true: the API server refuses either way.
    isTrue = (cel, facts) => {
      try {
        return evaluate(cel, facts) === true;
      } catch {
        return false;
      }
    };
  });

  it("holds exactly where all of its conditions hold", () => {
    fc.assert(
      fc.property(fc.array(condition(ATOMS, true), { maxLength: 6 }), world, (conditions, facts) => {
        const each = conditions.every((one) => isTrue(one, facts));
        assert.equal(isTrue(conjunction(conditions), facts), each, conjunction(conditions));
      }),
      { numRuns: 3_000 },
    );
  });

  it("asks once what several ask first, and runs once over a list", () => {
    assert.equal(
      conjunction([
        "!has(m.x) || m.x.all(k, k.a)",
        "!has(m.x) || m.x.all(k, k.b)",
        "!(has(m.x) && m.y) || a",
      ]),
      "(!has(m.x) || m.x.all(k, k.a && k.b) && (!m.y || a))",
    );
  });

  it("leaves out what is known to hold, and what is said twice", () => {
    assert.equal(conjunction(["!has(m.x) || a", "has(m.x) && b", "b", "b || c"]), "has(m.x) && b && a");
  });

  it("is false where one condition denies all that another allows", () => {
    assert.equal(conjunction(["a", "!b", "!a || b"]), "a && !b && false");
    assert.equal(
      conjunction(["items.all(k, k.v && !b)", "items.all(k, !k.v || b)"]),
      "items.all(k, k.v && !b && false)",
    );
  });

  it("leaves texts in quotes as they are", () => {
    const text = "x == ' && ' || y == 'it\\'s (' || z";
    assert.equal(conjunction([text, "w"]), `w && (${text})`);
  });

  it("is true of no conditions", () => {
    assert.equal(conjunction([]), "true");
  });

  it("looks at the pods of a workload once, and once at each list of their containers", () => {
    const broken = celBroken(RULES.flatMap(({ requirements }) => requirements.map(({ cel }) => cel)));
    assert.equal(broken.split(".all(p, ").length - 1, 1);
    assert.equal(broken.split("variables.").length - 1, 0);
  });

  it("binds a variable once what stands before its first use holds, and nothing where none is used", () => {
    assert.match(
      celBound("a && variables.account != '' && b"),
      /^a && \[.*\]\.exists\(account, account != '' && b\)$/,
    );
    assert.match(
      celBound("a || variables.account != '' && b"),
      /^\[.*\]\.exists\(account, a \|\| account != '' && b\)$/,
    );
    assert.equal(celBound("a || b && c"), "a || b && c");
  });
});
