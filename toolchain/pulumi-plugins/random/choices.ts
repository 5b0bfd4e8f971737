import { randomInt } from "node:crypto";
import { pick, shuffled } from "./draw";
import { once } from "./once";
import { ADJECTIVES, ADVERBS, NAMES } from "./pet-words";

/** The widest range that randomInt draws from without bias (node:crypto). */
const WIDEST = 2 ** 48 - 1;

/** `random.RandomInteger`: a whole number from `min` to `max`, both included. */
export const randomInteger = once<{ min: number; max: number }>({
  check: ({ min, max }) =>
    Number.isSafeInteger(min) && Number.isSafeInteger(max) && min <= max && max - min < WIDEST
      ? []
      : [
          {
            path: "max",
            value: String(max),
            problem: `no whole number lies from ${min} to it, or too many do`,
            fix: "give whole numbers, min not above max",
          },
        ],
  draw({ min, max }) {
    const result = randomInt(min, max + 1);
    return { id: String(result), outputs: { result } };
  },
});

/**
 * `random.RandomShuffle`: the inputs in a drawn order, cut to `resultCount`; a larger count goes round again with
 * another order.
 */
export const randomShuffle = once<{ inputs: unknown[]; resultCount?: number }>({
  check: ({ inputs, resultCount }) =>
    resultCount !== undefined && (resultCount < 0 || (inputs.length === 0 && resultCount > 0))
      ? [
          {
            path: "resultCount",
            value: String(resultCount),
            problem: `cannot be had of ${inputs.length} inputs`,
            fix: "give a count from 0, and inputs to choose from",
          },
        ]
      : [],
  draw({ inputs, resultCount = inputs.length }) {
    const results: unknown[] = [];
    while (results.length < resultCount) results.push(...shuffled(inputs));
    return { id: "-", outputs: { results: results.slice(0, resultCount) } };
  },
});

/** `random.RandomPet`: a name that people can say, of `length` words. */
export const randomPet = once<{ length: number; separator: string; prefix?: string }>({
  complete: (inputs) => ({ length: 2, separator: "-", ...inputs }),
  check: ({ length }) =>
    Number.isSafeInteger(length) && length >= 1
      ? []
      : [
          {
            path: "length",
            value: String(length),
            problem: "not allowed",
            fix: "give a whole number from 1",
          },
        ],
  draw({ length, separator, prefix }) {
    const words = [
      ...Array.from({ length: Math.max(0, length - 2) }, () => pick(ADVERBS)),
      ...(length > 1 ? [pick(ADJECTIVES)] : []),
      pick(NAMES),
    ];
    return { id: [...(prefix === undefined ? [] : [prefix]), ...words].join(separator), outputs: {} };
  },
});
