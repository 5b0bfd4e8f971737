import assert from "node:assert/strict";
import { runSchedule } from "../../../fixtures/machine-schedule";

describe("the life of a machine through fault schedules", function () {
  this.timeout(300_000);

  it("holds for 1,000 of them", async () => {
    const all = { refused: 0, installed: 0, cutOff: 0, wentBack: 0 };
    for (let seed = 1; seed <= 1000; seed++) {
      const events = await runSchedule(seed);
      for (const event of Object.keys(all) as (keyof typeof all)[]) all[event] += events[event];
    }
    for (const [event, times] of Object.entries(all))
      assert.ok(times >= 5, `it came to "${event}" ${times} times: ${JSON.stringify(all)}`);
  });

  it("drains a machine whose order to stop was written down and never sent", async () => {
    await runSchedule(1406956419);
  });
});
