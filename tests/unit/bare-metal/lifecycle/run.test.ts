import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Goal,
  LifecycleError,
  NEXT_STATES,
  runLifecycle,
  type Transition,
} from "../../../../bare-metal/lifecycle";
import { type Behaviour, type CallFault, MachineInMemory } from "../../../fixtures/machine-in-memory";

const READY: Goal = { become: "ready", timeout: 600_000, grace: 60_000 };
const OFF: Goal = { become: "off", grace: 60_000 };
const RETIRED: Goal = { become: "retired", grace: 60_000 };
const WELL: Behaviour = { bootTime: 90_000, report: "ready", shutdownTime: 20_000 };

function run(
  machine: MachineInMemory,
  goal: Goal,
  options: { systemGuid?: string; signal?: AbortSignal } = {},
) {
  const transitions: Transition[] = [];
  const promise = runLifecycle(goal, {
    backend: machine.backend,
    bootService: machine.bootService,
    clock: machine.clock,
    signal: options.signal ?? new AbortController().signal,
    systemGuid: options.systemGuid,
    onTransition: (t) => transitions.push(t),
  });
  return { promise, transitions };
}

const count = (machine: MachineInMemory, entry: string) => machine.log.filter((e) => e === entry).length;

describe("the life of a machine", () => {
  it("boots one that is off, over the network, with one power command", async () => {
    const machine = new MachineInMemory({ ...WELL, report: "installing, then ready" });
    const { promise, transitions } = run(machine, READY);
    const outcome = await promise;
    assert.equal(outcome.state, "ready");
    assert.equal(outcome.powerActions, 1);
    assert.deepEqual(machine.log, ["boot expected while off", "boot from pxe", "power on", "powered on"]);
    assert.deepEqual(
      transitions.map((t) => t.to),
      ["inspecting", "off", "booting", "installing", "ready"],
    );
  });

  it("adopts one that is on and ready", async () => {
    const machine = new MachineInMemory(WELL);
    await run(machine, READY).promise;
    const before = [...machine.log];
    assert.equal((await run(machine, READY).promise).powerActions, 0);
    assert.deepEqual(machine.log, before);
  });

  it("switches off first what runs without being asked for", async () => {
    const machine = new MachineInMemory(WELL);
    machine.power = "on";
    await run(machine, READY).promise;
    assert.deepEqual(
      machine.log.filter((e) => e !== "boot from pxe"),
      ["power off", "powered off", "boot expected while off", "power on", "powered on"],
    );
  });

  it("boots one anew that was switched off while it was ready", async () => {
    const machine = new MachineInMemory(WELL);
    await run(machine, READY).promise;
    machine.power = "off";
    const outcome = await run(machine, READY).promise;
    assert.equal(outcome.state, "ready");
    assert.equal(count(machine, "power on"), 2);
  });

  it("goes on with the boot of a run that was killed, without a second power-on", async () => {
    const machine = new MachineInMemory(WELL);
    const killed = new AbortController();
    const { promise } = run(machine, READY, { signal: killed.signal });
    machine.clock.at(30_000, () => killed.abort(new Error("killed")));
    await assert.rejects(promise, (e: LifecycleError) => e.state === "booting" && e.powerActions === 1);
    const outcome = await run(machine, READY).promise;
    assert.equal(outcome.state, "ready");
    assert.equal(outcome.powerActions, 0);
    assert.equal(count(machine, "power on"), 1);
  });

  it("refuses a BMC that belongs to another server, and touches nothing", async () => {
    const machine = new MachineInMemory(WELL);
    const { promise } = run(machine, READY, { systemGuid: "f".repeat(32) });
    await assert.rejects(promise, (error: LifecycleError) => {
      for (const part of [
        "gpu-1",
        "127.84.0.1:623",
        "0123456789abcdef0123456789abcdef",
        "f".repeat(32),
        "bmc.address",
      ]) {
        assert.ok(error.message.includes(part), `${part} in: ${error.message}`);
      }
      return error.powerActions === 0;
    });
    assert.deepEqual(machine.log, []);
    assert.equal(machine.record, undefined);
  });

  it("tells what the machine reports when it fails", async () => {
    const machine = new MachineInMemory({ ...WELL, report: "failed" });
    await assert.rejects(run(machine, READY).promise, /gpu-1: it reports: no disk/);
  });

  it("names strangers that booted in its place: its MAC may be written down wrongly", async () => {
    const machine = new MachineInMemory({ ...WELL, report: "nothing" });
    const { record } = machine.bootService;
    const bootService: typeof machine.bootService = {
      ...machine.bootService,
      record: async () => {
        const found = await record();
        return found && { ...found, strangers: ["52:54:00:71:00:99"] };
      },
    };
    await assert.rejects(
      runLifecycle(READY, {
        ...{ backend: machine.backend, bootService, clock: machine.clock },
        signal: new AbortController().signal,
      }),
      /a machine that nobody registered did: 52:54:00:71:00:99; if that is this machine, correct its mac/,
    );
  });

  it("gives up at the deadline, and the next run boots anew", async () => {
    const machine = new MachineInMemory({ ...WELL, report: "nothing" });
    await assert.rejects(
      run(machine, READY).promise,
      /gpu-1: not ready 600 s after its boot began: it never asked .*check its MAC address/,
    );
    await assert.rejects(run(machine, READY).promise);
    assert.equal(count(machine, "power on"), 2);
    assert.equal(count(machine, "power off"), 1);
  });

  it("sees that a machine loses power while it boots", async () => {
    const machine = new MachineInMemory({ ...WELL, report: "nothing" });
    const { promise } = run(machine, READY);
    machine.clock.at(50_000, () => (machine.power = "off"));
    await assert.rejects(promise, /lost power/);
    assert.ok(machine.clock.now() < Date.UTC(2026, 0, 1) + 70_000, "long before the deadline");
  });

  it("outlives single lost answers while it waits", async () => {
    const machine = new MachineInMemory(WELL);
    let calls = 0;
    machine.nextFault = () => (machine.power === "on" && ++calls % 4 < 2 ? "before" : "none");
    assert.equal((await run(machine, READY).promise).state, "ready");
  });

  it("shuts down softly, and forgets what is retired", async () => {
    const machine = new MachineInMemory(WELL);
    await run(machine, READY).promise;
    const outcome = await run(machine, RETIRED).promise;
    assert.equal(outcome.state, "retired");
    assert.deepEqual(machine.log.slice(-2), ["power soft", "powered off"]);
    assert.equal(machine.record, undefined);
    assert.equal((await run(machine, RETIRED).promise).powerActions, 0, "never twice");
  });

  it("switches off what does not shut down in its grace", async () => {
    const machine = new MachineInMemory({ ...WELL, shutdownTime: "never" });
    await run(machine, READY).promise;
    const began = machine.clock.now();
    await run(machine, OFF).promise;
    assert.deepEqual(machine.log.slice(-3), ["power soft", "power off", "powered off"]);
    assert.ok(machine.clock.now() - began >= 60_000);
  });

  it("leaves one that is off known to the boot service, and no longer as ready", async () => {
    const machine = new MachineInMemory(WELL);
    await run(machine, READY).promise;
    await run(machine, OFF).promise;
    assert.equal(machine.record?.state, "off");
  });
});

describe("the life of a machine, whatever goes wrong", () => {
  const behaviour: fc.Arbitrary<Behaviour> = fc.record({
    bootTime: fc.integer({ min: 1, max: 900_000 }),
    report: fc.constantFrom<Behaviour["report"]>("ready", "failed", "nothing", "installing, then ready"),
    shutdownTime: fc.oneof(fc.integer({ min: 1, max: 200_000 }), fc.constant<"never">("never")),
  });
  const faults = fc.array(fc.constantFrom<CallFault>("none", "none", "none", "before", "after"), {
    maxLength: 60,
  });
  const goal = fc.constantFrom(READY, OFF, RETIRED);
  /** A run, and when it is killed; Infinity: never. */
  const runs = fc.array(
    fc.tuple(goal, fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 700_000 }))),
    {
      minLength: 1,
      maxLength: 5,
    },
  );

  it("moves along the diagram, sends one power-on a boot, and ends where it says", async () => {
    await fc.assert(
      fc.asyncProperty(behaviour, fc.boolean(), faults, runs, async (how, on, sequence, goals) => {
        const machine = new MachineInMemory(how);
        if (on) machine.power = "on";
        const script = [...sequence];
        machine.nextFault = () => script.shift() ?? "none";
        for (const [wanted, killedAfter] of goals) {
          const killed = new AbortController();
          const { promise, transitions } = run(machine, wanted, { signal: killed.signal });
          if (killedAfter !== Infinity)
            machine.clock.at(killedAfter, () => killed.abort(new Error("killed")));
          const result = await promise.catch((error: unknown) => error);
          for (const { from, to } of transitions)
            assert.ok(NEXT_STATES[from].includes(to), `${from} to ${to}`);
          if (result instanceof LifecycleError) continue;
          assert.ok(!(result instanceof Error), String(result));
          assert.equal(machine.power, wanted.become === "ready" ? "on" : "off");
          if (wanted.become === "retired") assert.equal(machine.record, undefined);
          else assert.equal(machine.record?.state, wanted.become);
        }
        // One power-on is sent twice only if the first was lost on its way, and no boot begins under a running machine.
        assert.ok(
          count(machine, "powered on") <= machine.log.filter((e) => e.startsWith("boot expected")).length,
        );
        assert.equal(count(machine, "boot expected while on"), 0);
      }),
      { numRuns: 500 },
    );
  });

  it("reaches its goal once nothing goes wrong any more", async () => {
    await fc.assert(
      fc.asyncProperty(faults, runs, goal, async (sequence, goals, last) => {
        const machine = new MachineInMemory(WELL);
        const script = [...sequence];
        machine.nextFault = () => script.shift() ?? "none";
        for (const [wanted] of goals) await run(machine, wanted).promise.catch(() => undefined);
        machine.nextFault = () => "none";
        const outcome = await run(machine, last).promise;
        assert.equal(outcome.state, last.become);
      }),
      { numRuns: 300 },
    );
  });
});
