import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { RULES } from "../../../policies/rules";
import { currentDocument, DOCUMENT_FILE } from "../../../policies/write-document";

describe("policies: the page of docs/", () => {
  it("is what the rules say; `npm run docs:policies` writes it", () => {
    assert.equal(readFileSync(DOCUMENT_FILE, "utf8"), currentDocument());
  });

  it("has a section for every rule", () => {
    for (const { name } of RULES) assert.ok(currentDocument().includes(`\n### ${name}\n`), name);
  });
});
