import assert from "node:assert/strict";
import { setImmediate as tick } from "node:timers/promises";
import fc from "fast-check";
import { Turns } from "../../../../bare-metal/lifecycle/turns";
import { machinesAtOnce, nextOfWave, type WaveLimits } from "../../../../bare-metal/lifecycle/wave";

describe("a wave of machines", () => {
  it("takes a number or a share of the machines, at least one", () => {
    const cases: [number | string, number, number | undefined][] = [
      [3, 10, 3],
      ["3", 2, 2],
      ["25%", 10, 2],
      ["1%", 10, 1],
      ["100%", 7, 7],
      ["0%", 10, undefined],
      ["101%", 10, undefined],
      [0, 10, undefined],
      ["many", 10, undefined],
    ];
    for (const [limit, count, expected] of cases)
      assert.equal(machinesAtOnce(limit, count), expected, `${limit} of ${count}`);
  });

  it("never has more under way than it may, keeps the order, and stops after enough failures", () => {
    const names = (prefix: string) =>
      fc.integer({ min: 0, max: 8 }).map((n) => Array.from({ length: n }, (_, i) => `${prefix}${i}`));
    fc.assert(
      fc.property(
        fc.record({
          atOnce: fc.integer({ min: 1, max: 5 }),
          stopAfter: fc.integer({ min: 1, max: 4 }),
          waiting: names("w"),
          underWay: names("u"),
          failed: names("f"),
        }),
        (wave) => {
          const next = nextOfWave(wave);
          assert.deepEqual(next, wave.waiting.slice(0, next.length));
          if (next.length > 0) assert.ok(next.length + wave.underWay.length <= wave.atOnce);
          if (wave.failed.length >= wave.stopAfter) assert.equal(next.length, 0);
          else if (wave.underWay.length < wave.atOnce) assert.equal(next.length > 0, wave.waiting.length > 0);
        },
      ),
    );
  });
});

describe("turns of machines", () => {
  const signal = new AbortController().signal;
  const note = (): void => undefined;

  it("hold the limit over all machines of a group whatever their order, and begin every machine once", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(
          fc.record({
            group: fc.constantFrom("gpu", "cpu"),
            work: fc.integer({ min: 0, max: 5 }),
            well: fc.boolean(),
          }),
          {
            maxLength: 25,
          },
        ),
        fc.integer({ min: 1, max: 30 }),
        async (atOnce, machines, stopAfter) => {
          const turns = new Turns();
          const now: Record<string, number> = { gpu: 0, cpu: 0 };
          const failed: Record<string, number> = { gpu: 0, cpu: 0 };
          let begun = 0;
          const results = await Promise.allSettled(
            machines.map(async ({ group, work, well }, i) => {
              const limits: WaveLimits = { group, changesAtOnce: atOnce, bootsAtOnce: 100, stopAfter };
              const turn = await turns.take(`m${i}`, "change", limits, { signal, note });
              begun += 1;
              assert.ok((failed[group] as number) < stopAfter + atOnce, "nothing begins after the stop");
              now[group] = (now[group] as number) + 1;
              assert.ok((now[group] as number) <= atOnce);
              for (let t = 0; t < work; t++) await tick();
              now[group] = (now[group] as number) - 1;
              if (!well) failed[group] = (failed[group] as number) + 1;
              turn.end(well);
            }),
          );
          for (const result of results)
            if (result.status === "rejected")
              assert.match(String(result.reason), /not begun: m\d+.* failures stop the rest/);
          for (const group of ["gpu", "cpu"]) {
            const own = machines.filter((m) => m.group === group);
            if (own.filter((m) => !m.well).length < stopAfter)
              assert.equal(
                results.filter((r, i) => machines[i]?.group === group && r.status === "rejected").length,
                0,
              );
          }
          assert.equal(begun, results.filter((r) => r.status === "fulfilled").length);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("let one that an earlier run began go on at once, and count it", async () => {
    const turns = new Turns();
    const limits: WaveLimits = { group: "gpu", changesAtOnce: 1, bootsAtOnce: 1, stopAfter: 1 };
    const resumed = await turns.take("gpu-1", "resumed", limits, { signal, note });
    const told: string[] = [];
    let begun = false;
    const second = turns.take("gpu-2", "boot", limits, { signal, note: (text) => told.push(text) });
    void second.then(() => (begun = true));
    await tick();
    assert.equal(begun, false);
    assert.match(told.at(-1) ?? "", /gpu-1 of gpu under way, 1 at once/);
    resumed.end(true);
    (await second).end(true);
  });

  it("free the place of one that is cancelled while it waits", async () => {
    const turns = new Turns();
    const limits: WaveLimits = { group: "gpu", changesAtOnce: 1, bootsAtOnce: 1, stopAfter: 1 };
    const first = await turns.take("a", "change", limits, { signal, note });
    const cancelled = new AbortController();
    const second = turns.take("b", "change", limits, { signal: cancelled.signal, note });
    const third = turns.take("c", "change", limits, { signal, note });
    cancelled.abort(new Error("cancelled"));
    await assert.rejects(second, /cancelled/);
    first.end(true);
    (await third).end(true);
  });
});
