import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HANDLERS } from "../../../../bare-metal/lifecycle/decide";
import { NEXT_STATES } from "../../../../bare-metal/lifecycle";
import { MACHINE_STATES } from "../../../../bare-metal/boot/record";

const README = join(__dirname, "../../../../bare-metal/lifecycle/README.md");

describe("the states of a machine", () => {
  it("are drawn in the README as they are in the table", () => {
    const drawn = [...readFileSync(README, "utf8").matchAll(/^ {4}(\w+) --> (\w+)/gm)].map(
      ([, from, to]) => `${from} -> ${to}`,
    );
    const table = Object.entries(NEXT_STATES).flatMap(([from, next]) => next.map((to) => `${from} -> ${to}`));
    assert.deepEqual([...drawn].sort(), [...table].sort());
    assert.equal(new Set(drawn).size, drawn.length, "nothing is drawn twice");
  });

  it("have a handler each, and all but the last can fail", () => {
    assert.deepEqual(Object.keys(HANDLERS).sort(), [...MACHINE_STATES].sort());
    for (const state of MACHINE_STATES) {
      const fails = state !== "retired" && state !== "failed";
      assert.equal(NEXT_STATES[state].includes("failed"), fails, state);
    }
  });

  it("can all be reached from power-off, and lead back to service", () => {
    const reach = (from: string): Set<string> => {
      const seen = new Set([from]);
      for (const state of seen) for (const next of NEXT_STATES[state as "off"]) seen.add(next);
      return seen;
    };
    assert.deepEqual([...reach("unknown")].sort(), [...MACHINE_STATES].sort());
    for (const state of MACHINE_STATES) assert.ok(reach(state).has("ready"), state);
  });
});
