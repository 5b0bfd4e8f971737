import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stackNames } from "../../../base/stack-names";

describe("stackNames", () => {
  it("finds the files of config, and neither the project's file nor anything else", () => {
    const dir = mkdtempSync(join(tmpdir(), "lectern-stacks-"));
    try {
      for (const file of [
        "Pulumi.yaml",
        "Pulumi.lab.yaml",
        "Pulumi.a-1.yaml",
        "Pulumi.B.yaml",
        "Pulumi.x.yaml.tmp",
      ]) {
        writeFileSync(join(dir, file), "");
      }
      assert.deepEqual(stackNames(dir), ["a-1", "lab"]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
