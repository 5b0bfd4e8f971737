import type { Verb } from "../verb";

/** Any command by its numbers; the answer's data in hexadecimal. */
export function raw(netFn: number, code: number, data: Buffer): Verb<{ data: string }> {
  return {
    name: "raw",
    privilege: "operator",
    head: ["DATA"],
    rows: (answer) => [[answer.data.replace(/..(?=.)/g, "$& ")]],
    ipmi: async (ipmi) => ({ data: (await ipmi.raw(netFn, code, data)).toString("hex") }),
  };
}
