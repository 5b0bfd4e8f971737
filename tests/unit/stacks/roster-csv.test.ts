import assert from "node:assert/strict";
import * as fc from "fast-check";
import { stringify } from "yaml";
import { readRosterCsv } from "../../../stacks/roster-csv";

const read = (text: string | Buffer) => readRosterCsv(Buffer.from(text as string), "roster.csv");
const faultsOf = (text: string | Buffer) => read(text).faults.faults;

describe("readRosterCsv", () => {
  it("reads students with their lines, columns in any order, empty cells left out", () => {
    const { students, faults } = read(
      'Mail,id,name,group\nada@example.org,ada,"Lovelace, Ada",red\n\n,ben,,\n',
    );
    assert.deepEqual(faults.faults, []);
    assert.deepEqual(students, [
      { mail: "ada@example.org", id: "ada", name: "Lovelace, Ada", group: "red", at: "roster.csv:2" },
      { mail: undefined, id: "ben", name: undefined, group: undefined, at: "roster.csv:4" },
    ]);
  });

  it("takes what a spreadsheet writes: a byte order mark, semicolons, CRLF", () => {
    const { students, faults } = read("\ufeffid;name;seat\r\nada;Ada;3\r\n");
    assert.deepEqual(faults.faults, []);
    assert.deepEqual(
      students.map(({ id, seat }) => [id, seat]),
      [["ada", 3]],
    );
  });

  it("tells UTF-16 and bytes that are no UTF-8, and how to save them", () => {
    for (const bytes of [
      Buffer.from("\ufeffid\nada\n", "utf16le"),
      Buffer.from("id,name\nada,J\xf6rg\n", "latin1"),
    ]) {
      const [fault, ...more] = faultsOf(bytes);
      assert.equal(fault?.path, "roster.csv:1");
      assert.match(fault?.fix ?? "", /CSV UTF-8/);
      assert.deepEqual(more, []);
    }
  });

  it("tells every wrong cell at once, each with its line, value and fix", () => {
    const faults = faultsOf(
      "id,mail,group\nAda!,ada,red\nben,ben@example.org,red,more\n,x@example.org,Group 1\n",
    );
    assert.deepEqual(
      faults.map((f) => [f.path, f.value]),
      [
        ["roster.csv:2.id", '"Ada!"'],
        ["roster.csv:2.mail", '"ada"'],
        ["roster.csv:3", '"more"'],
        ["roster.csv:4.id", "(missing)"],
        ["roster.csv:4.group", '"Group 1"'],
      ],
    );
    assert.ok(faults.every((f) => f.fix !== "" && f.problem !== ""));
  });

  it("tells a wrong column, one that is there twice, and a head without id", () => {
    assert.deepEqual(
      faultsOf("id,e-mail,id\nada,a,b\n").map((f) => [f.path, f.value, f.problem]),
      [
        ["roster.csv:1", '"e-mail"', "no column of a roster"],
        ["roster.csv:1", '"id"', "a column that is there twice"],
      ],
    );
    assert.match(faultsOf("ada,Ada\nben,Ben\n").at(-1)?.problem ?? "", /no column id/);
    assert.match(faultsOf("").at(0)?.problem ?? "", /without a line/);
  });

  it("tells where a quote is not closed", () => {
    const [fault] = faultsOf('id,name\nada,"Ada\nben,Ben\n');
    assert.match(fault?.path ?? "", /^roster\.csv:\d+$/);
    assert.match(fault?.fix ?? "", /quote/);
  });

  it("reads back whatever names are written to it (property)", () => {
    const id = fc.stringMatching(/^[a-z0-9]([a-z0-9]{0,30})$/);
    const name = fc.string({ unit: "grapheme", maxLength: 20 }).map((s) => s.trim());
    fc.assert(
      fc.property(fc.array(fc.tuple(id, name), { minLength: 1 }), (rows) => {
        const quoted = rows.map(([i, n]) => `${i},"${n.replaceAll('"', '""')}"`);
        const { students, faults } = read(`id,name\n${quoted.join("\n")}\n`);
        assert.deepEqual(faults.faults, [], stringify(rows));
        assert.deepEqual(
          students.map((s) => [s.id, s.name ?? ""]),
          rows,
        );
      }),
    );
  });
});
