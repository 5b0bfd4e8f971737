/** What a sensor's numbers are in (IPMI 2.0 table 43-1, bytes 21 to 23). */
export interface Units {
  readonly percentage: boolean;
  /** Unit type, 0 to 255 (table 43-15). */
  readonly base: number;
  readonly modifier: number;
  /** How base and modifier belong together. */
  readonly relation: "none" | "divided" | "multiplied";
  /** `per second` and the like; undefined without one. */
  readonly rate: (typeof RATES)[number];
}

const RATES = [
  undefined,
  "per microsecond",
  "per millisecond",
  "per second",
  "per minute",
  "per hour",
  "per day",
  undefined,
] as const;
const RELATIONS = ["none", "divided", "multiplied", "none"] as const;

/** Unit types by number (table 43-15). */
const UNITS: readonly string[] = [
  "unspecified",
  "degrees C",
  "degrees F",
  "degrees K",
  "Volts",
  "Amps",
  "Watts",
  "Joules",
  "Coulombs",
  "VA",
  "Nits",
  "lumen",
  "lux",
  "Candela",
  "kPa",
  "PSI",
  "Newton",
  "CFM",
  "RPM",
  "Hz",
  "microsecond",
  "millisecond",
  "second",
  "minute",
  "hour",
  "day",
  "week",
  "mil",
  "inches",
  "feet",
  "cu in",
  "cu feet",
  "mm",
  "cm",
  "m",
  "cu cm",
  "cu m",
  "liters",
  "fluid ounce",
  "radians",
  "steradians",
  "revolutions",
  "cycles",
  "gravities",
  "ounce",
  "pound",
  "ft-lb",
  "oz-in",
  "gauss",
  "gilberts",
  "henry",
  "millihenry",
  "farad",
  "microfarad",
  "ohms",
  "siemens",
  "mole",
  "becquerel",
  "PPM",
  "reserved",
  "Decibels",
  "DbA",
  "DbC",
  "gray",
  "sievert",
  "color temp deg K",
  "bit",
  "kilobit",
  "megabit",
  "gigabit",
  "byte",
  "kilobyte",
  "megabyte",
  "gigabyte",
  "word",
  "dword",
  "qword",
  "line",
  "hit",
  "miss",
  "retry",
  "reset",
  "overrun / overflow",
  "underrun",
  "collision",
  "packets",
  "messages",
  "characters",
  "error",
  "correctable error",
  "uncorrectable error",
  "fatal error",
  "grams",
];

/** Reads the three unit bytes of a sensor record. */
export function unitsOf(flags: number, base: number, modifier: number): Units {
  return {
    percentage: (flags & 0x01) !== 0,
    base,
    modifier,
    relation: RELATIONS[(flags >> 1) & 3] ?? "none",
    rate: RATES[(flags >> 3) & 7],
  };
}

/** Units in words: `RPM`, `percent`, `Volts * Amps per hour`; undefined where none is specified. */
export function unitsInWords({ percentage, base, modifier, relation, rate }: Units): string | undefined {
  const name = (unit: number) => UNITS[unit] ?? `reserved unit ${unit}`;
  const joint = { none: "", divided: ` / ${name(modifier)}`, multiplied: ` * ${name(modifier)}` }[relation];
  const words = [
    percentage ? "percent" : undefined,
    base === 0 && joint === "" ? undefined : `${name(base)}${joint}`,
    rate,
  ];
  return words.filter((word) => word !== undefined).join(" ") || undefined;
}
