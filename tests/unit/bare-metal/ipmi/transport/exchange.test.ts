import assert from "node:assert/strict";
import { exchange, type ExchangeContext, waitOf } from "../../../../../bare-metal/ipmi/transport/exchange";
import { RoundTrip } from "../../../../../bare-metal/ipmi/transport/round-trip";

const noJitter = (count: number) => Buffer.alloc(count);
const retry = { timeout: 100, retries: 3 };

/** A peer that answers at times of the test's choice, in a time of its own. */
function bench(answersAt: readonly number[]) {
  let now = 0;
  let listener: ((datagram: Buffer) => void) | undefined;
  const events: { at: number; run: () => void }[] = [];
  const sent: number[] = [];
  const roundTrip = new RoundTrip(50);
  const context: ExchangeContext = {
    clock: {
      now: () => now,
      after(delay, run) {
        const event = { at: now + delay, run };
        events.push(event);
        return () => events.splice(events.indexOf(event), 1);
      },
    },
    random: noJitter,
    retry,
    transport: {
      roundTrip,
      lastError: undefined,
      send: () => void sent.push(now),
      listen: (next) => (listener = next),
      close: () => Promise.resolve(),
    },
  };
  for (const at of answersAt) events.push({ at, run: () => listener?.(Buffer.from("answer")) });
  const play = () => {
    for (;;) {
      events.sort((a, b) => a.at - b.at);
      const next = events.shift();
      if (!next) return;
      now = next.at;
      next.run();
    }
  };
  return { context, sent, roundTrip, play };
}

describe("exchange", () => {
  const ask = (context: ExchangeContext) =>
    exchange(
      context,
      () => Buffer.from("question"),
      (datagram) => datagram.toString(),
    );

  it("repeats at doubled waits up to the ceiling, and then says how often it sent", async () => {
    const { context, sent, play } = bench([]);
    const outcome = ask({ ...context, retry: { ...retry, retries: 4 } });
    play();
    assert.deepEqual(await outcome, { kind: "silence", sent: 5 });
    assert.deepEqual(sent, [0, 100, 300, 700, 1100]);
  });

  it("measures an answer to what was sent once, and waits longer after one that came late (Karn)", async () => {
    const quick = bench([40]);
    const first = ask(quick.context);
    quick.play();
    assert.deepEqual(await first, { kind: "answer", value: "answer" });
    assert.equal(quick.roundTrip.timeout, 40 + 4 * 20);
    const slow = bench([140]);
    const second = ask(slow.context);
    slow.play();
    assert.equal((await second).kind, "answer");
    assert.deepEqual(slow.sent, [0, 100]);
    assert.equal(slow.roundTrip.timeout, 2 * 50);
  });

  it("waits as long as the peer's round trip asks for, whatever the policy says", async () => {
    const { context, sent, roundTrip, play } = bench([]);
    roundTrip.sample(200);
    const outcome = ask(context);
    play();
    await outcome;
    assert.deepEqual(sent, [0, 600, 1800, 4200]);
  });

  it("adds up to a quarter by chance", () => {
    assert.equal(waitOf(retry, 0, noJitter), 100);
    assert.equal(
      waitOf(retry, 0, (count) => Buffer.alloc(count, 0xff)),
      125,
    );
  });
});
