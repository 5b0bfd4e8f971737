import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Fault, FaultsError } from "../../../base/faults";
import { throwWithLines } from "../../../stacks/fault-lines";

const FILE = "Pulumi.cxr.yaml";
const TEXT = `# A course.
config:
  lectern:course:
    site: lab
    sizes:
      - { name: notebook, cpus: 2 }
      - name: gpu
        cpus: 400
    datasets: [{ name: mri }]
`;
const fault = (path: string): Fault => ({ path, value: "v", problem: "p", fix: "f" });

describe("throwWithLines", () => {
  let dir: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "lectern-lines-"));
    writeFileSync(join(dir, FILE), TEXT);
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  const thrown = (paths: readonly string[], file = FILE): FaultsError => {
    try {
      throwWithLines(file, paths.map(fault), dir);
    } catch (error) {
      assert.ok(error instanceof FaultsError);
      return error;
    }
    return assert.fail("nothing was thrown");
  };
  const lineOf = (path: string) => thrown([path]).faults[0]?.line;

  it("finds the line of a value", () => {
    assert.equal(lineOf("lectern:course.site"), 4);
    assert.equal(lineOf("lectern:course.sizes[0].cpus"), 6);
    assert.equal(lineOf("lectern:course.sizes[1].cpus"), 8);
    assert.equal(lineOf("lectern:course.datasets[0].name"), 9);
  });

  it("finds what should hold a value that is missing", () => {
    assert.equal(lineOf("lectern:course.sizes[1].memory"), 7);
    assert.equal(lineOf("lectern:course.title"), 4);
  });

  it("leaves faults of other files, and of files that are not there, as they are", () => {
    assert.equal(lineOf("roster.csv:7.mail"), undefined);
    assert.equal(lineOf("(stack name)"), undefined);
    assert.equal(thrown(["lectern:course.site"], "Pulumi.none.yaml").faults[0]?.line, undefined);
  });

  it("tells every fault with its line, and nothing where there is none", () => {
    const { message } = thrown(["lectern:course.site", "lectern:course.datasets[0].name"]);
    assert.match(message, /2 faults[^]*line 4: lectern:course\.site = v[^]*line 9: lectern:course\.datasets/);
    throwWithLines(FILE, [], dir);
  });
});
