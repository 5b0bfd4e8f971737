import assert from "node:assert/strict";
import fc from "fast-check";
import { FaultCollector } from "../../../../base/faults";
import { newcomerProblem, peopleFaults, SHARED_HOME } from "../../../../components/plan/roster";

/** Few letters, so that names meet. */
const id = fc.stringMatching(/^[ab]{1,2}(-[ab]){0,2}$/);
const ids = fc.array(id, { maxLength: 4 });
const idOrShared = fc.oneof({ weight: 9, arbitrary: id }, { weight: 1, arbitrary: fc.constant(SHARED_HOME) });

const faultsOf = (ids: readonly string[], teachers: readonly string[] = []): number => {
  const faults = new FaultCollector();
  peopleFaults({ teachers, assistants: [], seats: 0, roster: ids.map((one) => ({ id: one })) }, faults);
  return faults.faults.length;
};

describe("a newcomer's name", () => {
  it("is taken exactly if a roster with it is free of faults", () => {
    let refused = 0;
    fc.assert(
      fc.property(ids, ids, idOrShared, (students, staff, newcomer) => {
        fc.pre(faultsOf(students, staff) === 0);
        const problem = newcomerProblem(newcomer, students, staff);
        if (problem !== undefined) refused += 1;
        assert.equal(problem === undefined, faultsOf([...students, newcomer], staff) === 0, problem);
      }),
      { numRuns: 2_000 },
    );
    assert.ok(refused > 100, `${refused} were refused`);
  });

  it("is refused in the roster's words", () => {
    assert.match(
      newcomerProblem(SHARED_HOME, []) ?? "",
      /^course is the name of the folder that the course shares$/,
    );
    assert.match(
      newcomerProblem("ada", ["ada-b"]) ?? "",
      /the work of ada-b would be called as if it were ada's/,
    );
    assert.match(
      newcomerProblem("ada-b", ["ada"]) ?? "",
      /the work of ada-b would be called as if it were ada's/,
    );
    assert.equal(newcomerProblem("ada", ["ada"]), "ada is taken");
    assert.equal(newcomerProblem("adab", ["ada"]), undefined);
  });
});

describe("a roster's mail addresses", () => {
  it("are one student's each, whatever their capitals", () => {
    const faults = new FaultCollector();
    const roster = [
      { id: "ada", mail: "ada@example.org", at: "roster.csv:2" },
      { id: "ben", at: "roster.csv:3" },
      { id: "eva", at: "roster.csv:4" },
      { id: "lovelace", mail: "Ada@Example.org", at: "roster.csv:5" },
    ];
    peopleFaults({ teachers: [], assistants: [], seats: 0, roster }, faults);
    assert.deepEqual(
      faults.faults.map(({ path, value, problem }) => ({ path, value, problem })),
      [{ path: "roster.csv:5.mail", value: '"Ada@Example.org"', problem: "already ada's" }],
    );
  });
});
