import type { PowerReading } from "../../../bare-metal/ipmi/messages/dcmi-power-reading";
import type { Verb } from "../verb";

/** What the machine draws, as its BMC measures it. */
export const dcmiPower: Verb<PowerReading> = {
  name: "dcmi power",
  privilege: "user",
  head: ["NOW", "LEAST", "MOST", "AVERAGE", "OVER"],
  rows: ({ current, minimum, maximum, average, period, active }) => [
    active
      ? [...[current, minimum, maximum, average].map((watts) => `${watts} W`), `${period / 1000} s`]
      : ["not measured"],
  ],
  ipmi: (ipmi) => ipmi.dcmi.power(),
};
