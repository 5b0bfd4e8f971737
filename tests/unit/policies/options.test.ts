import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packOptions } from "../../../policies/options";
import { NO_SETTINGS } from "../../../policies/settings";

const LEVELS = { levels: { egress: "advisory" } };

describe("what a site says to its pack", () => {
  let dir: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "lectern-options-"));
    const file = (name: string, text: string) => writeFileSync(join(dir, `Pulumi.${name}.yaml`), text);
    file("plain", "config:\n  lectern:site:\n    inventory: room.yaml\n");
    file("set", `config:\n  lectern:site:\n    policies: ${JSON.stringify(LEVELS)}\n`);
    file("wrong", "config:\n  lectern:site:\n    policies: {levels: {egress: never}}\n");
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  const settingsOf = (config: Readonly<Record<string, object>>) => {
    const texts = Object.entries(config).map(([key, value]) => [key, JSON.stringify(value)] as const);
    return packOptions({ PULUMI_CONFIG: JSON.stringify(Object.fromEntries(texts)) }, dir).settings;
  };

  it("is in the file of the site that a course names", () => {
    assert.deepEqual(settingsOf({ "lectern:course": { site: "set" } })?.levels, LEVELS.levels);
  });

  it("is in the site's own config where that is what runs", () => {
    assert.deepEqual(settingsOf({ "lectern:site": { policies: LEVELS } })?.levels, LEVELS.levels);
  });

  it("is nothing where the site has none, has no file, or has faults in them, and where nobody names a site", () => {
    for (const site of ["plain", "missing", "wrong"])
      assert.equal(settingsOf({ "lectern:course": { site } }), NO_SETTINGS, site);
    assert.equal(settingsOf({ "lectern:course": {} }), NO_SETTINGS);
    assert.equal(settingsOf({ "lectern:site": {} }), NO_SETTINGS);
    assert.equal(packOptions({}, dir).settings, NO_SETTINGS);
  });
});
