import assert from "node:assert/strict";
import { rememberHolder } from "../../../../../bare-metal/ipmi/sol/holder";
import { answeringRunner } from "../../../../fixtures/ipmi/answering-runner";

const STATUS = 0x4a;
const INVALID_COMMAND = 0xc1;

/** What a BMC tells of instance 1: whether it is active, and of which session; undefined: it lacks the command. */
type Told = readonly [active: boolean | undefined, session: string | undefined];

const OURS = "11000000";
const THEIRS = "22000000";
const NOBODY = "00000000";

/** What is found to be wrong when a BMC tells one thing first and another later. */
async function found(first: Told, later: Told): Promise<string | undefined> {
  let told = first;
  const bmc = answeringRunner(({ code }) => {
    const [active, session] = told;
    if (code === STATUS) return active === undefined ? INVALID_COMMAND : active ? "010100" : "010000";
    return session ?? INVALID_COMMAND;
  });
  const whyLost = await rememberHolder(bmc, 1);
  assert.equal(await whyLost(), undefined, "nothing has changed yet");
  told = later;
  return (await whyLost())?.problem;
}

describe("who has a console", () => {
  const deactivated = "the console was deactivated, by somebody else or by the BMC";
  const taken = "another session has taken the console";
  const cases: [string, Told, Told, string | undefined][] = [
    ["still this session", [true, OURS], [true, OURS], undefined],
    ["nobody", [true, OURS], [false, NOBODY], deactivated],
    ["nobody, and the BMC does not say of whom it was", [true, undefined], [false, undefined], deactivated],
    ["nobody, and the BMC says only of whom", [undefined, OURS], [undefined, NOBODY], deactivated],
    ["nobody, with the old session's ID left over", [true, OURS], [false, OURS], deactivated],
    ["another", [true, OURS], [true, THEIRS], taken],
    ["another, and the BMC says only of whom", [undefined, OURS], [undefined, THEIRS], taken],
    ["nobody knows, of a BMC that tells nothing", [undefined, undefined], [undefined, undefined], undefined],
    [
      "nobody knows, of a BMC that called it inactive from the first",
      [false, NOBODY],
      [false, NOBODY],
      undefined,
    ],
    ["nobody knows, when a BMC has stopped to tell", [true, OURS], [undefined, undefined], undefined],
  ];
  for (const [title, first, later, expected] of cases) {
    it(title, async () => assert.equal(await found(first, later), expected));
  }
});
