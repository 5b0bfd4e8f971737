import assert from "node:assert/strict";
import { engines } from "../../../package.json";
import { nodeProblem } from "../../../bin/node-version";

describe("the version of Node", () => {
  for (const version of ["20.19.0", "20.20.2", "22.13.0", "24.0.0", "26.1.0"]) {
    it(`${version} fits`, () => assert.equal(nodeProblem(version), undefined));
  }
  for (const version of ["8.17.0", "18.20.4", "20.18.3", "21.7.0", "22.12.0", "23.11.0"]) {
    it(`${version} does not, which is said with what would`, () => {
      assert.match(
        nodeProblem(version) ?? "",
        new RegExp(`Node ${version} does not fit; .*20\\.19.*22\\.13.*24`),
      );
    });
  }

  it("is the one that package.json asks for", () => {
    assert.equal(engines.node, "^20.19.0 || ^22.13.0 || >=24");
  });
});
