import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IpmiArgumentError, IpmiCompletionError, withIpmi } from "../../../../bare-metal/ipmi";
import { EventLog } from "../../../../bare-metal/ipmi/sel";
import { type SimulatedBmc, startIpmiSim } from "../../../fixtures/ipmi/ipmi-sim";

/** Events as ipmitool's `sel add` takes them: version, sensor type, number, direction and type, data 1 to 3. */
const EVENTS = [
  "0x04 0x01 0x30 0x01 0x59 0x5a 0x50 # temperature above its critical threshold",
  "0x04 0x01 0x30 0x81 0x59 0x50 0x50 # and below again",
  "0x04 0x08 0x51 0x6f 0x01 0xff 0xff # power supply failed",
  "0x04 0x0c 0x53 0x6f 0x31 0xff 0x07 # uncorrectable memory error",
  "0x04 0x0f 0x06 0x6f 0xc0 0x01 0xff # no memory installed",
  "0x04 0x23 0x0a 0x6f 0xc3 0x04 0xff # watchdog: power cycle",
  "0x04 0x09 0x60 0x0b 0x03 0xff 0xff # redundancy lost",
];

describe("event log against ipmi_sim, with ipmitool and ipmi-sel as oracles", function () {
  this.timeout(60_000);
  let bmc: SimulatedBmc;
  let scratch: string;
  const withLog = <T>(work: (log: EventLog) => Promise<T>) =>
    withIpmi({ ...bmc, cipherSuite: 3 }, (ipmi) => work(new EventLog(ipmi)));
  /** Puts the events into the log with a foreign program. */
  const fill = async () => {
    writeFileSync(join(scratch, "events"), `${EVENTS.join("\n")}\n`);
    await bmc.ipmitool("sel", "add", join(scratch, "events"));
  };
  const plain = (text: string) => text.replace(/[^a-z0-9]/gi, "").toLowerCase();
  const words = (text: string) => text.toLowerCase().split(/[^a-z0-9]+/);
  const saysAll = (description: string, said: string) => {
    const missing = words(said).filter((word) => !words(description).includes(word));
    assert.deepEqual(missing, [], `${description} / ${said}`);
  };
  const lines = (text: string) => text.split("\n").filter((line) => line.includes("|"));
  const columns = (line: string) => line.split("|").map((column) => column.trim());

  before(async () => {
    scratch = mkdtempSync(join(tmpdir(), "sel-test-"));
    bmc = await startIpmiSim("127.82.1.1");
  });
  beforeEach(() => withLog((log) => log.clear()));
  after(async () => {
    await bmc?.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  it("reads an empty log", async () => {
    assert.deepEqual(await withLog((log) => log.list()), []);
    assert.equal((await withLog((log) => log.info())).entries, 0);
  });

  it("agrees with ipmitool on ids, sensor types, states and direction", async () => {
    await fill();
    const events = await withLog((log) => log.list());
    const oracle = lines(await bmc.ipmitool("sel", "list")).map(columns);
    assert.equal(events.length, EVENTS.length);
    for (const [n, event] of events.entries()) {
      const [id, , , source, state, direction] = oracle[n] as [
        string,
        string,
        string,
        string,
        string,
        string,
      ];
      assert.equal(event.id, String(parseInt(id, 16)));
      // ipmitool has its own name for one type.
      assert.equal(
        plain(event.source),
        plain(source.replace("System Firmwares", "System Firmware Progress")),
      );
      saysAll(event.description, state.replace(/\(.*/, ""));
      assert.ok(event.description.includes(direction.toLowerCase()), event.description);
    }
  });

  it("says every word that ipmi-sel says of a state", async () => {
    await fill();
    const events = await withLog((log) => log.list());
    const oracle = lines(await bmc.freeipmi("ipmi-sel", "--output-event-state"))
      .slice(1)
      .map(columns);
    for (const [n, event] of events.entries()) {
      saysAll(event.description, oracle[n]?.at(-1)?.split(" ; ")[0] as string);
    }
  });

  it("says what an operator should know: which module, which error, how bad", async () => {
    await fill();
    const events = await withLog((log) => log.list());
    assert.deepEqual(
      events.map(({ description, health }) => `${health}: ${description}`),
      [
        "critical: Upper Critical - going high asserted, raw reading 90, raw threshold 80",
        "ok: Upper Critical - going high deasserted, raw reading 80, raw threshold 80",
        "critical: Power Supply Failure detected asserted",
        "critical: Uncorrectable ECC / other uncorrectable memory error asserted, module 7",
        "critical: System Firmware Error (POST Error) asserted, no system memory installed",
        "critical: Power Cycle asserted, interrupt none, timer use SMS/OS",
        "warning: Non-redundant: Sufficient Resources from Redundant asserted",
      ],
    );
  });

  it("names sensors as the caller knows them", async () => {
    await fill();
    const [first] = await withLog((log) =>
      log.list({ sensorName: (event) => (event.sensorNumber === 0x30 ? "Inlet" : undefined) }),
    );
    assert.equal(first?.source, "Inlet");
  });

  it("adds vendors' records, and ipmitool reads the same bytes", async () => {
    const [timestamped, plain] = ["0000c000000000570100010203040506", "0000e0000102030405060708090a0b0c"];
    await withLog(async (log) => {
      await log.setTime(new Date("2026-01-02T03:04:05Z"));
      await log.add(Buffer.from(timestamped, "hex"));
      await log.add(Buffer.from(plain, "hex"));
      const [first, second] = await log.list();
      assert.match(first?.at ?? "", /^2026-01-02T03:04:/);
      assert.equal(first?.source, "OEM, manufacturer 343");
      assert.equal(second?.at, undefined);
    });
    const oracle = lines(await bmc.ipmitool("sel", "list")).map(columns);
    assert.deepEqual(oracle[0]?.slice(-3), ["OEM record c0", "000157", "010203040506"]);
    assert.deepEqual(oracle[1]?.slice(-2), ["OEM record e0", "000102030405060708090a0b0c"]);
  });

  it("sets the clock, and ipmitool reads it", async () => {
    const { at } = await withLog(async (log) => {
      await log.setTime(new Date("2027-08-09T10:11:12.9Z"));
      return log.time();
    });
    assert.match(at ?? "", /^2027-08-09T10:11:1\dZ$/);
    assert.match(await bmc.ipmitool("sel", "time", "get"), /08\/09\/2?0?27 10:11:1\d/);
  });

  it("agrees with ipmitool on the state of the log", async () => {
    await fill();
    const info = await withLog((log) => log.info());
    const oracle = await bmc.ipmitool("sel", "info");
    assert.equal(info.entries, Number(/Entries\s+: (\d+)/.exec(oracle)?.[1]));
    assert.equal(info.freeBytes, Number(/Free Space\s+: (\d+)/.exec(oracle)?.[1]));
    assert.equal(info.version, /Version\s+: (\S+)/.exec(oracle)?.[1]);
    assert.equal(info.supports.includes("delete"), /'Delete'/.test(oracle));
  });

  it("deletes one event and leaves the others; clears all; ipmitool sees both", async () => {
    await fill();
    const listed = async () => lines(await bmc.ipmitool("sel", "list")).map((line) => parseInt(line, 16));
    const ids = await listed();
    await withLog((log) => log.delete(ids[2] as number));
    assert.deepEqual(await listed(), ids.toSpliced(2, 1));
    await withLog((log) => log.clear());
    assert.match(await bmc.ipmitool("sel", "info"), /Entries\s+: 0/);
  });

  it("refuses what is no id and no record before anything is sent, and names what the BMC refuses", async () => {
    await withLog(async (log) => {
      await assert.rejects(log.delete(0), IpmiArgumentError);
      await assert.rejects(log.add(Buffer.alloc(15)), IpmiArgumentError);
      await assert.rejects(log.setTime(new Date("1980-01-01")), IpmiArgumentError);
      await assert.rejects(log.delete(500), IpmiCompletionError);
    });
  });
});
