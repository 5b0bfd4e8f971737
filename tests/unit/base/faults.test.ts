import assert from "node:assert/strict";
import { FaultCollector, FaultsError } from "../../../base/faults";

function collected(): FaultsError {
  const faults = new FaultCollector();
  faults.add("machines[3].bmc.address", "10.9.9.9", "outside the network", "an address inside it");
  faults.add("colour", undefined, "missing", "add it");
  try {
    faults.throwIfAny("room.yaml");
  } catch (error) {
    return error as FaultsError;
  }
  throw new assert.AssertionError({ message: "nothing was thrown" });
}

describe("FaultCollector", () => {
  it("throws nothing when nothing was found", () => {
    new FaultCollector().throwIfAny("room.yaml");
  });

  it("throws all faults at once, each with path, value, problem and fix", () => {
    const error = collected();
    assert.ok(error instanceof FaultsError);
    assert.equal(error.subject, "room.yaml");
    assert.equal(error.faults.length, 2);
    assert.equal(
      error.message,
      [
        "room.yaml: 2 faults; nothing was changed.",
        '  machines[3].bmc.address = "10.9.9.9"',
        "    wrong: outside the network",
        "    fix:   an address inside it",
        "  colour = (missing)",
        "    wrong: missing",
        "    fix:   add it",
      ].join("\n"),
    );
  });

  it("counts a single fault in the singular", () => {
    const faults = new FaultCollector();
    faults.add("a", 1, "p", "f");
    assert.throws(() => faults.throwIfAny("x"), /^FaultsError: x: 1 fault;/);
  });

  it("shows any value in one short line", () => {
    const faults = new FaultCollector();
    for (const value of ["x".repeat(500), { a: [1, "two"] }, null, 7, "two\nlines", Symbol("s")]) {
      faults.add("p", value, "", "");
    }
    const [long, ...rest] = faults.faults.map((f) => f.value);
    assert.equal(long?.length, 120);
    assert.match(long ?? "", /\.\.\.$/);
    assert.deepEqual(rest, ['{"a":[1,"two"]}', "null", "7", '"two\\nlines"', "Symbol(s)"]);
  });
});
