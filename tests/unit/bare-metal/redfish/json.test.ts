import assert from "node:assert/strict";
import fc from "fast-check";
import {
  booleanAt,
  linkAt,
  numberAt,
  objectAt,
  objectsAt,
  parseObject,
  textAt,
  textsAt,
} from "../../../../bare-metal/redfish/json";

const DOCUMENT = {
  Name: "Fan 1",
  Reading: 12.5,
  Digits: "-40.25",
  Enabled: false,
  Status: { State: "Enabled", Deep: { Link: { "@odata.id": "/redfish/v1/a" } } },
  Members: [{ Id: "1" }, null, 7, [], { Id: "2" }],
  Values: ["On", 3, "Off"],
};

describe("values in a document", () => {
  it("are found where they are and of the type that was asked for", () => {
    assert.equal(textAt(DOCUMENT, "Name"), "Fan 1");
    assert.equal(numberAt(DOCUMENT, "Reading"), 12.5);
    assert.equal(numberAt(DOCUMENT, "Digits"), -40.25);
    assert.equal(booleanAt(DOCUMENT, "Enabled"), false);
    assert.equal(linkAt(DOCUMENT, "Status", "Deep", "Link"), "/redfish/v1/a");
    assert.deepEqual(objectAt(DOCUMENT, "Status", "Deep"), DOCUMENT.Status.Deep);
    assert.deepEqual(objectsAt(DOCUMENT, "Members"), [{ Id: "1" }, { Id: "2" }]);
    assert.deepEqual(textsAt(DOCUMENT, "Values"), ["On", "Off"]);
  });

  it("are absent otherwise", () => {
    assert.equal(textAt(DOCUMENT, "Reading"), undefined);
    assert.equal(numberAt(DOCUMENT, "Name"), undefined);
    assert.equal(numberAt({ n: "0x10" }, "n"), undefined);
    assert.equal(textAt(DOCUMENT, "Members", "Id"), undefined);
    assert.deepEqual(objectsAt(DOCUMENT, "Name"), []);
    assert.equal(textsAt(DOCUMENT, "Status"), undefined);
    for (const inherited of ["constructor", "__proto__", "toString"]) {
      assert.equal(objectAt({}, inherited), undefined);
      assert.equal(textAt({}, inherited, "name"), undefined);
    }
  });

  it("are printable and not endless", () => {
    assert.equal(textAt({ t: "a\u001b[31mb\u0000\u2028c\u202ed" }, "t"), "a [31mb c d");
    assert.equal(textAt({ t: "x".repeat(5000) }, "t")?.length, 1000);
  });

  it("never throw, whatever the document is", () => {
    fc.assert(
      fc.property(fc.anything(), fc.array(fc.string(), { maxLength: 3 }), (data, path) => {
        textAt(data, ...path);
        numberAt(data, ...path);
        booleanAt(data, ...path);
        linkAt(data, ...path);
        objectsAt(data, ...path);
        textsAt(data, ...path);
      }),
    );
  });
});

describe("parseObject", () => {
  it("reads an object and nothing else", () => {
    assert.deepEqual(parseObject(Buffer.from('{"a":1}')), { a: 1 });
    for (const text of ["", "[]", "null", "7", '"a"', "{", "\u00ff"]) {
      assert.equal(parseObject(Buffer.from(text)), undefined, text);
    }
    const deep = Buffer.from(`{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`);
    assert.doesNotThrow(() => parseObject(deep));
  });

  it("yields an object or nothing for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void parseObject(Buffer.from(bytes))),
    );
  });
});
