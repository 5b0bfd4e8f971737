import assert from "node:assert/strict";
import type { PolicyObject } from "../../../policies/rule";
import type { Answer } from "../../fixtures/policies/api";
import { type Attack, ATTACKS } from "../../fixtures/policies/attacks";
import { create, dryRun } from "../../fixtures/policies/calls";
import { CourseRoom } from "../../fixtures/policies/course-room";
import { type Legitimate, LEGITIMATE } from "../../fixtures/policies/legitimate";
import { stoppedBy } from "../../fixtures/policies/mechanisms";
import { volcanoPods } from "../../fixtures/policies/volcano-pods";

/** How many there must be at least, so that none gets lost. */
const ATTACKS_AT_LEAST = 60;
const LEGITIMATE_AT_LEAST = 100;

describe("members of a course at a real API server", function () {
  this.timeout(180_000);
  let room: CourseRoom;
  before(async () => {
    room = await CourseRoom.start("127.88.1.1");
  });
  after(() => room?.stop());
  afterEach(() => room.clear());

  for (const [what, attacks] of Object.entries(ATTACKS)) {
    describe(`an attack on ${what}`, () => {
      for (const attack of attacks) {
        it(`${attack.name}: stopped by ${attack.stoppedBy}`, () => mustFail(attack));
      }
    });
  }

  for (const [what, legitimate] of Object.entries(LEGITIMATE)) {
    describe(`legitimate ${what}`, () => {
      for (const work of legitimate) it(work.name, () => mustPass(work));
    });
  }

  it("are tried by many attacks and much legitimate work, each under its own name", () => {
    for (const [corpus, least] of [
      [Object.values(ATTACKS).flat(), ATTACKS_AT_LEAST],
      [Object.values(LEGITIMATE).flat(), LEGITIMATE_AT_LEAST],
    ] as const) {
      const names = corpus.map(({ name }) => name);
      assert.ok(names.length >= least, `${names.length} of ${least}`);
      assert.deepEqual(
        names.filter((name, i) => names.indexOf(name) < i),
        [],
      );
    }
  });

  async function mustFail({ as = "ada", after = [], call, stoppedBy: mechanism }: Attack): Promise<void> {
    for (const step of after) await room.must(step.as, step.call);
    if (mechanism === "quota" && after.length > 0) await room.untilCounted();
    const answer = await room.send(as, call);
    assert.ok(answer.status >= 400, `${as}: ${call.method} ${call.path} was allowed`);
    assert.ok(stoppedBy(mechanism, answer), `not by ${mechanism}: ${answer.status} ${answer.message}`);
  }

  async function mustPass({ as = "ada", after = [], call }: Legitimate): Promise<void> {
    for (const step of after) await room.must(step.as, step.call);
    const answer = await room.send(as, call);
    assert.ok(passed(answer), `${as}: ${call.method} ${call.path}: ${answer.status} ${answer.message}`);
    const made = answer.body as unknown as PolicyObject & { readonly metadata: { readonly uid: string } };
    if (call.method !== "POST" || made.apiVersion !== "batch.volcano.sh/v1alpha1") return;
    for (const pod of volcanoPods(made, made.metadata.uid)) await room.must("volcano", dryRun(create(pod)));
  }
});

/** A stream into a pod that runs nowhere ends there, after roles and rules have let it pass. */
function passed({ status, message }: Answer): boolean {
  return status < 300 || /pod \S+ does not have a host assigned/.test(message);
}
