import assert from "node:assert/strict";
import fc from "fast-check";
import { planSources } from "../../../toolchain/plan";

const facts = fc.record({
  onPath: fc.boolean(),
  cached: fc.boolean(),
  released: fc.boolean(),
  offline: fc.boolean(),
  go: fc.boolean(),
});

describe("order of sources", () => {
  it("is PATH, cache, vendor, Go", () => {
    const all = { onPath: true, cached: true, released: true, offline: false, go: true };
    assert.deepEqual(planSources(all), ["path"]);
    assert.deepEqual(planSources({ ...all, onPath: false }), ["cache"]);
    assert.deepEqual(planSources({ ...all, onPath: false, cached: false }), ["vendor", "go"]);
  });

  it("asks no vendor offline, and never builds without a compiler", () => {
    fc.assert(
      fc.property(facts, (f) => {
        const sources = planSources(f);
        assert.ok(!(f.offline && sources.includes("vendor")));
        assert.ok(!(!f.go && sources.includes("go")));
      }),
    );
  });

  it("is empty only where there is truly no way", () => {
    fc.assert(
      fc.property(facts, (f) => {
        const way = f.onPath || f.cached || (f.released && !f.offline) || f.go;
        assert.equal(planSources(f).length > 0, way);
      }),
    );
  });
});
