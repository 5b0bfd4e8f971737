import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MachineStore, type StoredMachine } from "../../../../bare-metal/boot/store";

const machine: StoredMachine = {
  mac: "52:54:00:71:00:11",
  name: "gpu-1",
  role: "gpu",
  address: "127.80.2.11",
  state: "booting",
  token: "secret",
  history: [{ at: "2026-01-01T00:00:00.000Z", state: "booting" }],
};

describe("MachineStore", () => {
  let dir: string;
  beforeEach(() => {
    dir = join(mkdtempSync(join(tmpdir(), "lectern-store-")), "machines");
  });
  afterEach(() => rmSync(join(dir, ".."), { recursive: true }));

  it("gives back what was put, also from disk, in files for the owner alone", () => {
    new MachineStore(dir).put(machine);
    assert.deepEqual(new MachineStore(dir).get(machine.mac), machine);
    assert.deepEqual(readdirSync(dir), ["52-54-00-71-00-11.json"]);
    assert.equal(statSync(join(dir, "52-54-00-71-00-11.json")).mode & 0o777, 0o600);
  });

  it("takes the state before a write that was cut off, and removes what was left of it", () => {
    new MachineStore(dir).put(machine);
    writeFileSync(join(dir, "52-54-00-71-00-11.json.tmp"), '{"mac": "52:54:0');
    assert.deepEqual(new MachineStore(dir).get(machine.mac), machine);
    assert.deepEqual(readdirSync(dir), ["52-54-00-71-00-11.json"]);
  });

  it("names the file that is damaged", () => {
    new MachineStore(dir).put(machine);
    writeFileSync(join(dir, "52-54-00-71-00-11.json"), "{}");
    assert.throws(() => new MachineStore(dir), /52-54-00-71-00-11\.json: not the state of a machine/);
  });
});
