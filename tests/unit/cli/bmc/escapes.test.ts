import assert from "node:assert/strict";
import fc from "fast-check";
import { escapeReader } from "../../../../cli/bmc/escapes";

/** What came of the chunks: text as it was sent, orders in brackets. */
function typed(...chunks: string[]): string {
  const read = escapeReader();
  return chunks
    .flatMap((chunk) => read(Buffer.from(chunk)))
    .map((stroke) => (stroke.kind === "send" ? stroke.data.toString() : `<${stroke.kind}>`))
    .join("");
}

describe("escapes of a console", () => {
  const examples: [string, string[], string][] = [
    ["end it at the very beginning", ["~."], "<quit>"],
    ["end it after a return, and nothing behind is sent", ["ls\r~.rm -rf\r"], "ls\r<quit>"],
    ["may come key by key", ["x", "\r", "~", "."], "x\r<quit>"],
    ["send a break, and go on", ["~Bab"], "<break>ab"],
    ["list themselves, and count as a line of their own", ["~?~."], "<help><quit>"],
    ["are text in the middle of a line", ["a~.b\r"], "a~.b\r"],
    ["are text after another letter", ["~x.\r"], "~x.\r"],
    ["give way to a doubled tilde", ["~~.\r"], "~.\r"],
    ["begin a line after ~ and return", ["~\r~."], "~\r<quit>"],
  ];
  for (const [title, chunks, result] of examples) {
    it(title, () => assert.equal(typed(...chunks), result));
  }

  it("let everything else through as it was typed, however it is divided", () => {
    const key = fc.constantFrom("a", "\r", "\n", "\x03", ".", " ", "ü");
    fc.assert(
      fc.property(fc.array(fc.array(key).map((keys) => keys.join(""))), (chunks) => {
        assert.equal(typed(...chunks), chunks.join(""));
      }),
    );
  });
});
