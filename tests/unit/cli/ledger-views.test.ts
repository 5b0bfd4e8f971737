import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ledgerView, viewText } from "../../../cli/ledger-views";
import { ledgerCsv } from "../../../ledger/csv";
import type { BoundLine } from "../../../ledger/rows";
import { LedgerStore } from "../../../ledger/store";
import { ledgerUnit } from "../../../ledger/unit";
import { type Scratch, scratchFolder } from "../../fixtures/scratch";

const NOW = Date.parse("2026-10-02T00:00:00Z");

function bound(uid: string, more: Partial<BoundLine>): BoundLine {
  return {
    v: 1,
    line: "bound",
    uid,
    pod: `ada-${uid}`,
    namespace: "course-x",
    course: "x",
    student: "ada",
    size: "gang",
    node: "gpu-1",
    kind: "nvidia.com/gpu",
    model: "H100, 80 GB",
    count: 2,
    share: 1,
    from: "2026-10-01T10:00:00Z",
    ...more,
  };
}

describe("lectern ledger", () => {
  let scratch: Scratch;
  before(() => {
    scratch = scratchFolder("ledger-views");
    const store = new LedgerStore(scratch.dir);
    store.append([
      bound("train", {}),
      { v: 1, line: "released", uid: "train", kind: "nvidia.com/gpu", to: "2026-10-01T11:30:00Z" },
      bound("open", { student: "ben", count: 1, share: 0.5, from: "2026-10-01T22:00:00Z" }),
    ]);
    store.close();
    const budgets = [
      { course: "x", namespace: "course-x", usedHours: 4, budgetHours: 5, leftHours: 1, state: "low" },
      { course: "y", namespace: "course-y", usedHours: 0, state: "none" },
    ];
    writeFileSync(join(scratch.dir, "recorder.json"), JSON.stringify({ contact: "", budgets }));
  });
  after(() => scratch.remove());
  const text = (who?: string, period = {}) =>
    viewText(ledgerView(scratch.dir, who, period, NOW), NOW, period);

  it("lists the courses with what is left of each budget, idle ones too", () => {
    assert.deepEqual(
      text()
        .split("\n")
        .map((line) => line.trim().split(/\s{2,}/)),
      [
        ["COURSE", "GPU HOURS", "PODS", "RUNNING", "BUDGET", "LEFT", "STATE"],
        ["x", "4.00", "2", "1", "5", "1.00", "low"],
        ["y", "0.00", "0", "0", "-", "-", "-"],
      ],
    );
  });

  it("shows a course's students, and a student's pods, within a period", () => {
    assert.match(
      text("x"),
      /^GPU hours: 4\.00 of 5 used, 1\.00 left: nearly spent\n\n.*\nada +3\.00 +1 +0\nben +1\.00 +1 +1$/,
    );
    assert.match(text("ada"), /^ada-train +x +gang +2 +H100, 80 GB +100 % .* 3\.00$/m);
    const period = { from: Date.parse("2026-10-01T11:00:00Z"), to: Date.parse("2026-10-01T12:00:00Z") };
    assert.match(text("ada", period), / 1\.00$/m);
    assert.doesNotMatch(text(undefined, period), /ben/);
  });

  it("says so where a name is neither", () => {
    assert.throws(() => text("carl"), /carl: neither a course nor a student/);
  });

  it("writes every pod as CSV", () => {
    const { rows } = ledgerView(scratch.dir, "ada", {}, NOW);
    const [head, line, end] = ledgerCsv(rows, NOW).split("\r\n");
    assert.match(
      head ?? "",
      /^course,student,pod,size,node,kind,model,gpus,memory_share,from,to,seconds,gpu_hours,estimated,uid$/,
    );
    assert.equal(
      line,
      'x,ada,ada-train,gang,gpu-1,nvidia.com/gpu,"H100, 80 GB",2,1,2026-10-01T10:00:00Z,2026-10-01T11:30:00Z,5400,3.000000,no,train',
    );
    assert.equal(end, "");
  });

  it("makes a unit file that systemd reads as it is meant", () => {
    const unit = ledgerUnit({
      dir: "/var/lib/lectern/ledger 100%",
      kubeconfig: "/etc/kubeconfig",
      node: "/usr/bin/node",
      program: "/opt/lectern/bin/lectern.js",
    });
    assert.match(
      unit,
      /^ExecStart=\/usr\/bin\/node \/opt\/lectern\/bin\/lectern\.js ledger serve --dir "\/var\/lib\/lectern\/ledger 100%%" --kubeconfig \/etc\/kubeconfig$/m,
    );
    assert.match(unit, /^Restart=always$/m);
  });
});
