import { hash } from "bcryptjs";
import type { Fault } from "../../../base/faults";
import { pick, shuffled } from "./draw";
import { once } from "./once";

interface StringInputs {
  length: number;
  lower: boolean;
  upper: boolean;
  numeric: boolean;
  /** Old name of `numeric`. */
  number: boolean;
  special: boolean;
  minLower: number;
  minUpper: number;
  minNumeric: number;
  minSpecial: number;
  /** Used instead of the usual special characters. */
  overrideSpecial?: string;
}

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";
const BCRYPT_COST = 10;
/** bcrypt reads no more of a password. */
const BCRYPT_BYTES = 72;

const DEFAULTS = {
  lower: true,
  upper: true,
  special: true,
  minLower: 0,
  minUpper: 0,
  minNumeric: 0,
  minSpecial: 0,
} as const;

interface CharacterClass {
  readonly characters: string;
  readonly atLeast: number;
}

/** `random.RandomString`: text that may be shown. */
export const randomString = once<StringInputs>({
  complete,
  check,
  draw(inputs) {
    const result = drawString(inputs);
    return { id: result, outputs: { result } };
  },
});

/** `random.RandomPassword`: the same, as a secret, and its bcrypt hash. */
export const randomPassword = once<StringInputs>({
  complete,
  secrets: [["result"], ["bcryptHash"]],
  check,
  async draw(inputs) {
    const result = drawString(inputs);
    const hashed = Buffer.from(result).subarray(0, BCRYPT_BYTES).toString();
    const bcryptHash = await hash(hashed, BCRYPT_COST);
    return { id: "none", outputs: { result, bcryptHash } };
  },
});

/** The least number of each class first, the rest from all of them, then the order is drawn. */
export function drawString(inputs: StringInputs): string {
  const classes = characterClasses(inputs);
  const all = [...classes.map(({ characters }) => characters).join("")];
  const least = classes.flatMap(({ characters, atLeast }) =>
    Array.from({ length: atLeast }, () => pick([...characters])),
  );
  const rest = Array.from({ length: inputs.length - least.length }, () => pick(all));
  return shuffled([...least, ...rest]).join("");
}

function characterClasses(inputs: StringInputs): CharacterClass[] {
  const special =
    inputs.overrideSpecial === undefined || inputs.overrideSpecial === "" ? SPECIAL : inputs.overrideSpecial;
  return [
    { used: inputs.lower, characters: LOWER, atLeast: inputs.minLower },
    { used: inputs.upper, characters: LOWER.toUpperCase(), atLeast: inputs.minUpper },
    { used: inputs.numeric, characters: DIGITS, atLeast: inputs.minNumeric },
    { used: inputs.special, characters: special, atLeast: inputs.minSpecial },
  ].filter(({ used, atLeast }) => used || atLeast > 0);
}

function complete(inputs: Partial<StringInputs>): Partial<StringInputs> {
  const numeric = inputs.numeric ?? inputs.number ?? true;
  return { ...DEFAULTS, ...inputs, number: numeric, numeric };
}

function check(inputs: StringInputs): Fault[] {
  const fault = (problem: string, fix: string) => [
    { path: "length", value: String(inputs.length), problem, fix },
  ];
  if (!Number.isSafeInteger(inputs.length) || inputs.length < 1) {
    return fault("no length", "give a whole number from 1");
  }
  const classes = characterClasses(inputs);
  if (classes.length === 0) {
    return fault("no characters are left", "allow lower, upper, numeric or special");
  }
  const least = classes.reduce((sum, { atLeast }) => sum + atLeast, 0);
  return least > inputs.length
    ? fault(`less than the ${least} characters that min... ask for`, `give at least ${least}`)
    : [];
}
