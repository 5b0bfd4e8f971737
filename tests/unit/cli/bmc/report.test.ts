import assert from "node:assert/strict";
import type { Outcome } from "../../../../cli/bmc/outcomes";
import { jsonReport, jsonText, streamReport, tableReport } from "../../../../cli/bmc/report";
import { HostPatternError } from "../../../../cli/bmc/host-ranges";
import type { Verb } from "../../../../cli/bmc/verb";
import { bmcTarget } from "../../../fixtures/bmc-target";

interface Part {
  readonly name: string;
  readonly count: number;
}

const verb: Verb<readonly Part[]> = {
  name: "parts",
  privilege: "user",
  head: ["PART", "COUNT"],
  rows: (parts) => parts.map(({ name, count }) => [name, count]),
  ipmi: () => Promise.resolve([]),
};
const answer = (host: string, ...value: Part[]): Outcome<readonly Part[]> => ({
  target: bmcTarget(host),
  ok: true,
  value,
});
const failure: Outcome<readonly Part[]> = { target: bmcTarget("bad"), ok: false, error: new Error("no") };

function terminal(isTTY = false) {
  const out = { text: "", isTTY, write: (text: string) => (out.text += text) };
  return out;
}

describe("report of many BMCs", () => {
  it("is a table in the order of the hosts, with no row for those that failed", () => {
    const out = terminal();
    const outcomes = [
      answer("a", { name: "fan", count: 10 }, { name: "", count: 2 }),
      failure,
      answer("long", { name: "x", count: 1 }),
    ];
    tableReport(verb, out).end(outcomes);
    assert.equal(out.text, "HOST  PART  COUNT\na     fan   10\na     -     2\nlong  x     1\n");
  });

  it("lets no text of a BMC steer the terminal", () => {
    const out = terminal(true);
    tableReport(verb, out).end([answer("a", { name: "\x1b]0;owned\x07\x9b2Jfan\nx", count: 1 })]);
    assert.match(out.text, /\?\]0;owned\?\?2Jfan\?x/);
  });

  it("is rows as they come on a terminal, under a head that is written once", () => {
    const out = terminal();
    const report = streamReport(verb, [bmcTarget("a"), bmcTarget("gpu01")], out);
    report.add(failure);
    report.add(answer("gpu01", { name: "fan", count: 3 }));
    const soon = out.text;
    report.add(answer("a", { name: "power supply", count: 1 }));
    report.end([]);
    assert.equal(soon, "HOST   PART  COUNT\ngpu01  fan   3\n");
    assert.equal(out.text, `${soon}a      power supply  1\n`);
  });

  it("is one JSON document, with failures as data and no secret", () => {
    const out = terminal();
    jsonReport(verb, out).end([answer("a", { name: "fan", count: 3 }), failure]);
    assert.deepEqual(JSON.parse(out.text), {
      verb: "parts",
      hosts: [
        { host: "a", bmc: "192.0.2.1:623", result: [{ name: "fan", count: 3 }] },
        { host: "bad", bmc: "192.0.2.1:623", error: { type: "Error", problem: "no" } },
      ],
      failed: 1,
    });
    assert.ok(!out.text.includes("S3cret"));
  });

  it("says in JSON too that nothing was asked, and why", () => {
    const document = JSON.parse(
      jsonText("parts", [], new HostPatternError("[", "a bracket has no partner", "each [ and ]")),
    );
    assert.deepEqual(document, {
      verb: "parts",
      hosts: [],
      failed: 0,
      error: { type: "HostPatternError", problem: "a bracket has no partner", check: "each [ and ]" },
    });
  });
});
