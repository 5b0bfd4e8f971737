import assert from "node:assert/strict";
import { formatTable } from "../../../cli/table";

describe("table", () => {
  it("aligns columns without borders or spaces at the end", () => {
    const rows = [
      ["xxx", 1],
      ["y", "zz"],
    ];
    assert.equal(formatTable(["A", "BB"], rows, false), "A    BB\nxxx  1\ny    zz");
  });

  it("aligns by what a terminal shows: colours take no room, Chinese two cells, an accent of its own none", () => {
    const rows = [
      ["\x1b[32mon\x1b[39m", "1"],
      ["课程", "2"],
      ["e\u0301", "3"],
      ["plain", "4"],
    ];
    const columns = formatTable(["X", "N"], rows, false)
      .split("\n")
      .map((line) => line.slice(0, -1));
    assert.deepEqual(columns, ["X      ", "\x1b[32mon\x1b[39m     ", "课程   ", "e\u0301      ", "plain  "]);
  });

  it("paints its head where colours are wanted", () => {
    assert.equal(formatTable(["A"], [["x"]], true), "\x1b[1mA\x1b[22m\nx");
  });
});
