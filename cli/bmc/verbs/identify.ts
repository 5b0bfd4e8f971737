import type { Verb } from "../verb";

/** The lamp at the chassis. @param duration seconds, 0 (off) to 255, or `force`: until told otherwise */
export function identify(duration: number | "force"): Verb<{ identify: number | "force" }> {
  return {
    name: "identify",
    privilege: "operator",
    head: ["LAMP"],
    rows: () => [[duration === "force" ? "on" : duration === 0 ? "off" : `on for ${duration} s`]],
    ipmi: async (ipmi) => {
      await ipmi.identify(duration);
      return { identify: duration };
    },
  };
}
