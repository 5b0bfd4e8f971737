import { runSchedule } from "../../../fixtures/machine-schedule";

describe("the life of a machine through fault schedules", function () {
  this.timeout(300_000);

  it("holds for 1,000 of them", async () => {
    for (let seed = 1; seed <= 1000; seed++) await runSchedule(seed);
  });

  it("drains a machine whose order to stop was written down and never sent", () => runSchedule(1406956419));
});
