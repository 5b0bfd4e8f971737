import assert from "node:assert/strict";
import fc from "fast-check";
import { RoundTrip } from "../../../../../bare-metal/ipmi/transport/round-trip";

describe("RoundTrip", () => {
  it("knows nothing before the first answer", () => {
    assert.equal(new RoundTrip().timeout, undefined);
  });

  it("goes by RFC 6298, sections 2.2 and 2.3", () => {
    const trip = new RoundTrip(0, 10_000);
    trip.sample(100);
    assert.equal(trip.timeout, 100 + 4 * 50);
    trip.sample(200);
    // RTTVAR = 3/4 * 50 + 1/4 * |100 - 200|, SRTT = 7/8 * 100 + 1/8 * 200
    assert.equal(trip.timeout, 112.5 + 4 * 62.5);
  });

  it("doubles the wait while answers come late, and forgets that at the first that does not", () => {
    const trip = new RoundTrip(100, 1_000);
    const waits = Array.from({ length: 6 }, () => (trip.late(), trip.timeout));
    assert.deepEqual(waits, [200, 400, 800, 1_000, 1_000, 1_000]);
    trip.sample(10);
    assert.equal(trip.timeout, 100);
  });

  it("goes by the others until the peer has answered", () => {
    const others = new RoundTrip(100, 1_000);
    const [slow, fresh] = [new RoundTrip(100, 1_000, others), new RoundTrip(100, 1_000, others)];
    assert.equal(fresh.timeout, undefined);
    slow.sample(200);
    assert.equal(fresh.timeout, 600);
    slow.late();
    assert.equal(fresh.timeout, 1_000);
    fresh.sample(20);
    assert.equal(fresh.timeout, 100);
  });

  it("stays between floor and ceiling, and waits longer than any steady peer takes", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 }), (times) => {
        const trip = new RoundTrip(200, 2_000);
        times.forEach((time) => trip.sample(time));
        const wait = trip.timeout as number;
        assert.ok(wait >= 200 && wait <= 2_000);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_999 }), fc.integer({ min: 1, max: 50 }), (time, count) => {
        const trip = new RoundTrip();
        for (let n = 0; n < count; n += 1) trip.sample(time);
        assert.ok((trip.timeout as number) >= time);
      }),
    );
  });
});
