/** What comes of typed bytes: bytes for the console, or an order to this side. */
export type Keystroke =
  | { readonly kind: "send"; readonly data: Buffer }
  | { readonly kind: "quit" }
  | { readonly kind: "break" }
  | { readonly kind: "help" };

const TILDE = "~".charCodeAt(0);
const ORDERS: Readonly<Record<number, Exclude<Keystroke["kind"], "send">>> = {
  [".".charCodeAt(0)]: "quit",
  ["B".charCodeAt(0)]: "break",
  ["?".charCodeAt(0)]: "help",
};

/** What a person reads who types `~?`. */
export const ESCAPES = `
~.  end this console
~B  send a break
~?  this list
~~  send ~
(only at the beginning of a line)
`;

/**
 * Reads what is typed at a console for escapes, as ssh has them: a tilde at the beginning of a line, then a letter.
 * @returns takes chunks as they are typed; an escape may be divided between two
 */
export function escapeReader(): (chunk: Buffer) => Keystroke[] {
  let lineStart = true;
  let tilde = false;
  return (chunk) => {
    const strokes: Keystroke[] = [];
    let plain: number[] = [];
    const flush = () => {
      if (plain.length > 0) strokes.push({ kind: "send", data: Buffer.from(plain) });
      plain = [];
    };
    for (const byte of chunk) {
      const order = tilde ? ORDERS[byte] : undefined;
      if (order !== undefined) {
        flush();
        strokes.push({ kind: order });
        tilde = false;
        lineStart = true;
        if (order === "quit") return strokes;
        continue;
      }
      if (!tilde && lineStart && byte === TILDE) {
        tilde = true;
        continue;
      }
      // A second tilde stands for one.
      if (tilde && byte !== TILDE) plain.push(TILDE);
      plain.push(byte);
      tilde = false;
      lineStart = byte === 0x0d || byte === 0x0a;
    }
    flush();
    return strokes;
  };
}
