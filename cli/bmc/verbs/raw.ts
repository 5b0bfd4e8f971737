import type { ControllerPath } from "../../../bare-metal/ipmi";
import type { Verb } from "../verb";

/** Any command by its numbers; the answer's data in hexadecimal. @param path a controller behind the BMC */
export function raw(
  { netFn, code, data }: { netFn: number; code: number; data: Buffer },
  path?: ControllerPath,
): Verb<{ data: string }> {
  return {
    name: "raw",
    privilege: "operator",
    head: ["DATA"],
    rows: (answer) => [[answer.data.replace(/..(?=.)/g, "$& ")]],
    ipmi: async (ipmi) => {
      const asked = path ? ipmi.controller(path) : ipmi;
      return { data: (await asked.raw(netFn, code, data)).toString("hex") };
    },
  };
}
