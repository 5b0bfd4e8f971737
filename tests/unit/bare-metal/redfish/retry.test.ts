import assert from "node:assert/strict";
import { waitBeforeRepeat } from "../../../../bare-metal/redfish/retry";

const NOW = Date.UTC(2026, 0, 1);
const wait = (status: number, retryAfter?: string, attempt = 0, random = 1) =>
  waitBeforeRepeat(
    { status, headers: retryAfter === undefined ? {} : { "retry-after": retryAfter } },
    attempt,
    random,
    NOW,
  );

describe("waitBeforeRepeat", () => {
  it("repeats for a busy BMC alone", () => {
    for (const status of [200, 301, 400, 401, 404, 412, 500, 502]) assert.equal(wait(status, "1"), undefined);
    assert.equal(wait(503), 500);
    assert.equal(wait(429), 500);
  });

  it("waits as long as it is told, in seconds or until a date, and not for ever", () => {
    assert.equal(wait(503, "0"), 0);
    assert.equal(wait(503, "30"), 30_000);
    assert.equal(wait(503, "31"), undefined);
    assert.equal(wait(503, "Thu, 01 Jan 2026 00:00:20 GMT"), 20_000);
    assert.equal(wait(503, "Thu, 01 Jan 2015 00:00:20 GMT"), 0);
    assert.equal(wait(503, "Fri, 02 Jan 2026 00:00:00 GMT"), undefined);
    assert.equal(wait(503, "soon"), 500, "nonsense counts as nothing");
  });

  it("waits longer each time, to a limit, with a quarter of chance", () => {
    assert.deepEqual(
      [0, 1, 2, 3, 9].map((attempt) => wait(503, undefined, attempt)),
      [500, 1000, 2000, 4000, 30_000],
    );
    assert.equal(wait(503, undefined, 0, 0), 375);
  });
});
