import assert from "node:assert/strict";
import fc from "fast-check";
import { pathText } from "../../../../base/paths";
import { type AnyKind, UNKNOWN } from "../../../../base/provider";
import { diffProperties } from "../../../../base/provider/diff";
import { machine } from "../../../../bare-metal/provider/resources/machine";
import { diff, readyMachine } from "../../../fixtures/diff";
import { machineInputs } from "../../../fixtures/machine-inputs";

const inputs = machineInputs();
const ready = readyMachine();

describe("diff", () => {
  it("finds nothing where nothing changed", () => {
    assert.deepEqual(diff(machine, inputs, ready, machineInputs()), []);
  });

  it("names the innermost property, in lists too", () => {
    const gpu = { ...inputs.expected.gpus[0], memoryBytes: 1 };
    const news = {
      ...inputs,
      bmc: { ...inputs.bmc, port: 624 },
      expected: { ...inputs.expected, gpus: [gpu, gpu] },
    };
    assert.deepEqual(diff(machine, inputs, ready, news), [
      "bmc.port:update",
      "expected.gpus[0].memoryBytes:update",
      "expected.gpus[1]:add",
    ]);
  });

  it("takes an unknown for a change", () => {
    const boot = { ...inputs.boot, token: UNKNOWN };
    assert.deepEqual(diff(machine, inputs, ready, { ...inputs, boot }), ["boot.token:update"]);
  });

  it("finds a change exactly where two values differ", () => {
    const value = fc.dictionary(
      fc.stringMatching(/^[a-z]{1,3}$/),
      fc.oneof(fc.nat(3), fc.array(fc.nat(2), { maxLength: 2 })),
      { noNullPrototype: true },
    );
    const kind = { ...machine, drift: () => [] } as unknown as AnyKind;
    fc.assert(
      fc.property(value, value, (a, b) => {
        let same = true;
        try {
          assert.deepEqual(a, b);
        } catch {
          same = false;
        }
        assert.equal(diff(kind, a, {}, b).length === 0, same);
      }),
    );
  });

  it("names what changed and what of it replaces; null and absent are alike", () => {
    const olds = { name: "a", size: { gb: 1 }, gone: null };
    const news = { name: "b", size: { gb: 1 }, more: UNKNOWN };
    assert.deepEqual(diff({ ...machine, drift: () => [] } as AnyKind, olds, {}, news), [
      "name:update!",
      "more:add",
    ]);
  });

  it("passes over what the program says to ignore, and what lies in it", () => {
    const kind: AnyKind = { create: () => assert.fail() };
    const olds = { id: "it", inputs: { a: { b: 1, c: 1 }, d: [1, 2] }, outputs: {} };
    const news = { a: { b: 2, c: 2 }, d: [1, 3] };
    const changed = (...ignored: string[]) =>
      diffProperties(kind, olds, news, ignored).map(({ path }) => pathText(path));
    assert.deepEqual(changed(), ["a.b", "a.c", "d[1]"]);
    assert.deepEqual(changed("a.b", "d"), ["a.c"]);
  });
});
