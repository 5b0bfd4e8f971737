import assert from "node:assert/strict";
import {
  type Ipmi,
  IpmiAbortedError,
  IpmiAuthenticationError,
  IpmiUnreachableError,
} from "../../../../bare-metal/ipmi";
import {
  Fleet,
  type FleetOptions,
  type FleetResult,
  type FleetTarget,
} from "../../../../bare-metal/ipmi/fleet";
import { realClock } from "../../../../bare-metal/ipmi/transport/exchange";
import { type LightBmc, startLightBmc } from "../../../fixtures/ipmi/light-bmc";

const HOST = "127.84.1.1";
/** Nothing listens there. */
const SILENT = "127.84.1.250";

const powerOf = async (ipmi: Ipmi) => (await ipmi.chassisStatus()).power;

describe("fleet, over BMCs in this process", function () {
  this.timeout(60_000);
  const bmcs: LightBmc[] = [];
  const fleets: Fleet[] = [];
  const targetOf = ({ host, port, user, password }: LightBmc) => ({
    host,
    port,
    user,
    password,
    privilege: "user" as const,
  });
  const fleet = (options?: FleetOptions) => {
    const made = new Fleet(options);
    fleets.push(made);
    return made;
  };
  const all = async <T, Target extends FleetTarget>(results: AsyncIterable<FleetResult<T, Target>>) => {
    const list: FleetResult<T, Target>[] = [];
    for await (const result of results) list.push(result);
    return list;
  };
  const silent = (port: number) => ({ host: SILENT, port, user: "u", password: "p" });

  before(async () => {
    for (let n = 0; n < 40; n += 1) bmcs.push(await startLightBmc(HOST));
    bmcs.forEach(({ machine }, n) => (machine.power = n % 3 === 0 ? "on" : "off"));
  });
  afterEach(() => Promise.all(fleets.splice(0).map((f) => f.close())));
  after(() => Promise.all(bmcs.map((bmc) => bmc.close())));

  it("gives each BMC's own answer once, and leaves no session", async () => {
    const results = await all(fleet({ parallel: 7 }).each(bmcs.map(targetOf), powerOf));
    assert.equal(results.length, bmcs.length);
    const byPort = new Map(results.map((r) => [r.target.port, r.ok && r.value]));
    for (const { port, machine } of bmcs) assert.equal(byPort.get(port), machine.power);
    assert.deepEqual(new Set(bmcs.map(({ active }) => active)), new Set([0]));
  });

  it("takes five round trips for a status with privilege user", async () => {
    const [bmc] = bmcs as [LightBmc];
    const before = bmc.received;
    await all(fleet().each([targetOf(bmc)], powerOf));
    assert.equal(bmc.received - before, 5);
  });

  it("keeps sessions when asked: one round trip from the second round on, none open after close", async () => {
    const kept = fleet({ keepSessions: true });
    const targets = bmcs.map(targetOf);
    await all(kept.each(targets, powerOf));
    const before = bmcs.map(({ received }) => received);
    const again = await all(kept.each(targets, powerOf));
    assert.ok(again.every(({ ok }) => ok));
    assert.deepEqual(new Set(bmcs.map(({ received }, n) => received - (before[n] as number))), new Set([1]));
    assert.deepEqual(new Set(bmcs.map(({ active }) => active)), new Set([1]));
    await kept.close();
    assert.deepEqual(new Set(bmcs.map(({ active }) => active)), new Set([0]));
  });

  it("asks all others while silent BMCs, more than there are places, are waited for", async () => {
    const waiting = new Set<() => void>();
    let held = true;
    // A first repeat comes in time; whoever then keeps silent is waited for until all others have answered.
    const after = (delay: number, callback: () => void) => {
      if (!held || delay < 40) return realClock.after(delay, callback);
      waiting.add(callback);
      return () => waiting.delete(callback);
    };
    const clock = { ...realClock, after };
    const targets = [...Array.from({ length: 12 }, (_, n) => silent(n + 1)), ...bmcs.map(targetOf)];
    const results: FleetResult<string>[] = [];
    for await (const result of fleet({ parallel: 4, timeout: 20, retries: 2, clock }).each(
      targets,
      powerOf,
    )) {
      results.push(result);
      if (results.length < bmcs.length) continue;
      held = false;
      waiting.forEach((callback) => callback());
    }
    assert.ok(results.slice(0, bmcs.length).every(({ ok }) => ok));
    assert.equal(results.length, targets.length);
    for (const result of results.slice(bmcs.length)) {
      assert.ok(!result.ok && result.error instanceof IpmiUnreachableError);
    }
  });

  it("leaves a BMC alone that kept silent, and asks it again later", async () => {
    let now = 0;
    const [bmc] = bmcs as [LightBmc];
    const clock = { ...realClock, now: () => now };
    const polled = fleet({
      timeout: 5,
      retries: 1,
      breakAfter: 2,
      cooldown: 1_000,
      clock,
    });
    const problem = async () => {
      const [result] = await all(polled.each([silent(9)], powerOf));
      assert.ok(result && !result.ok && result.error instanceof IpmiUnreachableError);
      return result.error.problem;
    };
    assert.match(await problem(), /no answer/);
    assert.match(await problem(), /no answer/);
    assert.match(await problem(), /left alone for 1 s more/);
    const [other] = await all(polled.each([targetOf(bmc)], powerOf));
    assert.ok(other?.ok, "others are asked");
    now += 1_000;
    assert.match(await problem(), /no answer/, "once to see");
    assert.match(await problem(), /left alone/);
  });

  it("yields what a BMC refuses beside what others answer", async () => {
    const [first, second] = bmcs as [LightBmc, LightBmc];
    const targets = [{ ...targetOf(first), password: "wrong" }, targetOf(second)];
    const results = await all(fleet().each(targets, powerOf));
    const failed = results.find(({ target }) => target === targets[0]);
    assert.ok(failed && !failed.ok && failed.error instanceof IpmiAuthenticationError);
    assert.ok(results.find(({ target }) => target === targets[1])?.ok);
    assert.equal(first.active, 0);
  });

  it("asks a BMC that is named twice one time after the other", async () => {
    const [bmc] = bmcs as [LightBmc];
    let most = 0;
    const results = await all(
      fleet().each([targetOf(bmc), targetOf(bmc), targetOf(bmc)], async (ipmi) => {
        const power = await powerOf(ipmi);
        most = Math.max(most, bmc.active);
        return power;
      }),
    );
    assert.deepEqual([results.filter(({ ok }) => ok).length, most], [3, 1]);
  });

  it("stops when told: a result for every target, no session open", async () => {
    const stop = new AbortController();
    const results = await all(
      fleet({ parallel: 5 }).each(
        bmcs.map(targetOf),
        async (ipmi, { port }) => {
          const power = await powerOf(ipmi);
          if (port === bmcs[7]?.port) stop.abort();
          return power;
        },
        stop.signal,
      ),
    );
    assert.equal(results.length, bmcs.length);
    const aborted = results.filter((r) => !r.ok && r.error instanceof IpmiAbortedError);
    assert.ok(aborted.length > 20, `${aborted.length} aborted`);
    assert.deepEqual(new Set(bmcs.map(({ active }) => active)), new Set([0]));
  });

  it("closes all sessions when the loop is left early", async () => {
    for await (const result of fleet({ parallel: 8 }).each(bmcs.map(targetOf), powerOf)) {
      assert.ok(result.ok);
      break;
    }
    assert.deepEqual(new Set(bmcs.map(({ active }) => active)), new Set([0]));
  });
});
