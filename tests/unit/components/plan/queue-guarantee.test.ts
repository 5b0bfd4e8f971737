import assert from "node:assert/strict";
import { formatTimetable, guaranteeNow } from "../../../../components/plan/queue-guarantee";

describe("guaranteeNow", () => {
  it("rises before a class and falls after it, by the clocks of the timetable", () => {
    const lesson = { days: ["mon" as const], from: "10:00", to: "11:30", guarantee: 8 };
    const written = formatTimetable(2, { timeZone: "Europe/Berlin", warmUp: "15m", classes: [lesson] });
    const at = (time: string) => guaranteeNow(written, new Date(`2026-10-05T${time}Z`));
    assert.deepEqual(["07:44", "07:45", "09:29", "09:30"].map(at), [2, 8, 8, 2]);
  });
});
