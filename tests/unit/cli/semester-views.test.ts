import assert from "node:assert/strict";
import { previewText } from "../../../cli/semester-views";

describe("cli: what a change of a semester would touch", () => {
  const touched = (parts: readonly string[]) => [
    { op: "update", type: "metal:index:KubernetesObjects", name: "cxr-accounts", parts },
  ];

  it("names every part of a resource, a line each", () => {
    const parts = ['objects["student-ada/account"]', 'objects["student-ada/binding"]'];
    const lines = previewText([{ course: "cxr", touched: touched(parts) }]).split("\n");
    assert.equal(lines.length, 3);
    for (const [i, part] of parts.entries()) {
      assert.match(lines[i + 1] ?? "", /^cxr +update +metal:index:KubernetesObjects +cxr-accounts +/);
      assert.ok(lines[i + 1]?.includes(part));
    }
  });

  it("counts them where they are too many to be read, and shows a resource without any", () => {
    const many = Array.from({ length: 41 }, (_, i) => `objects["student-${i}/account"]`);
    assert.match(previewText([{ course: "cxr", touched: touched(many) }]), /41 parts/);
    assert.match(previewText([{ course: "cxr", touched: touched([]) }]), /cxr-accounts/);
  });

  it("says so where nothing would change, and why a preview failed", () => {
    assert.equal(previewText([{ course: "cxr", touched: [] }]), "nothing would change");
    assert.match(previewText([{ course: "cxr", touched: [], error: "no site" }]), /cxr: no site/);
  });
});
