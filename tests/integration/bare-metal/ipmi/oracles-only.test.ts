import assert from "node:assert/strict";
import { SocketAddress } from "node:net";
import { type Ipmi, withIpmi } from "../../../../bare-metal/ipmi";
import { type ForeignClients, foreignClients } from "../../../fixtures/ipmi/foreign-clients";
import { type LightBmc, startLightBmc } from "../../../fixtures/ipmi/light-bmc";
import { answerCommand, type Command } from "../../../fixtures/ipmi/light-bmc/commands";
import { sdrReplies } from "../../../fixtures/ipmi/sdr-bmc";
import { CPU_TEMPERATURE } from "../../../fixtures/ipmi/sdr-records";
import { type Scratch, scratchFolder } from "../../../fixtures/scratch";

const HOST = "127.81.9.1";
const OK = 0x00;

/** Raw readings of sensors 1, 2, ..., and their factors there: y = (M x + B 10^K1) 10^K2. */
const SENSORS = [
  { raw: 45, m: 1, b: 0, k1: 0, k2: 0 },
  { raw: 200, m: 13, b: 250, k1: 1, k2: -2 },
  { raw: 7, m: -37, b: 511, k1: 0, k2: -1 },
  { raw: 255, m: 511, b: -512, k1: 2, k2: -3 },
  { raw: 0, m: 3, b: 77, k1: -1, k2: 1 },
  { raw: 128, m: -512, b: 1, k1: 7, k2: -8 },
] as const;

/** A full record of the sensor that says it is non-linear, with factors that hold nowhere (table 43-1). */
function nonLinear(number: number): Buffer {
  const record = Buffer.from(CPU_TEMPERATURE);
  const name = `Curve ${number}`.padEnd(8).slice(0, 8);
  record.writeUInt16LE(number, 0);
  record.writeUInt8(number, 7);
  // No thresholds to read or set; unsigned; non-linear; M = 99.
  record.set([0x00, 0x00], 18);
  record.writeUInt8(0x40, 11);
  record.writeUInt8(0x00, 20);
  record.writeUInt8(0x70, 23);
  record.writeUInt8(99, 24);
  record.write(name, 48, "latin1");
  return record;
}

/** Ten bits of a number in two's complement, the upper two in the bits 6 and 7 of the second byte. */
const tenBits = (n: number) => [n & 0xff, ((n >> 8) & 3) << 6];

function factors({ m, b, k1, k2 }: (typeof SENSORS)[number]): Buffer {
  return Buffer.from([OK, 0, ...tenBits(m), ...tenBits(b), 0, ((k2 & 0xf) << 4) | (k1 & 0xf)]);
}

/** LAN parameters by number (table 23-4); those of IPv6 addresses by place. */
const V6 = {
  fixed: ["20010db8000000000000000000000017", 64],
  dynamic: [
    ["fe80000000000000021122fffe334455", 64],
    ["20010db800010000021122fffe334455", 56],
  ],
} as const;

function lanParameter(parameter: number, place: number): readonly number[] | undefined {
  const bytes = (hex: string) => [...Buffer.from(hex, "hex")];
  switch (parameter) {
    case 3:
    case 6:
    case 12:
      return [192, 0, 2, parameter];
    case 4:
      return [1];
    case 5:
      return bytes("00223344556a");
    case 50:
      return [0x03];
    case 51:
      return [0x02];
    case 55:
      return [1, 2, 3];
    case 56: {
      const [address, prefix] = V6.fixed;
      return place === 0 ? [0, 0x80, ...bytes(address), prefix, 0] : undefined;
    }
    case 59: {
      const [address, prefix] = V6.dynamic[place] ?? [];
      // The first by SLAAC and usable, the second by DHCPv6 and pending.
      return address && prefix ? [place, place + 1, ...bytes(address), prefix, place] : undefined;
    }
    default:
      return undefined;
  }
}

/** Little endian, two bytes each. */
const words = (...numbers: number[]) => numbers.flatMap((n) => [n & 0xff, (n >> 8) & 0xff]);
/** Units, bytes of one, free ones, the largest free block, and the largest record in units. */
const ALLOCATION = {
  units: 1000,
  unitBytes: 18,
  freeUnits: 0x0391,
  largestFreeBlock: 0x0310,
  largestRecord: 2,
};
const NO_OFFSET = 0x07ff;
let utcOffset = NO_OFFSET;

function logCommand({ code, data }: Parameters<Command>[0]): Buffer | undefined {
  switch (code) {
    case 0x40:
      // Version 1.5, three entries; it has allocation info, and can reserve and delete.
      return Buffer.from([OK, 0x51, ...words(3, 16_434), ...words(1, 2, 3, 4), 0x0b]);
    case 0x41: {
      const { units, unitBytes, freeUnits, largestFreeBlock, largestRecord } = ALLOCATION;
      return Buffer.from([OK, ...words(units, unitBytes, freeUnits, largestFreeBlock), largestRecord]);
    }
    case 0x5c:
      return Buffer.from([OK, ...words(utcOffset)]);
    case 0x5d:
      utcOffset = data.readInt16LE(0);
      return Buffer.from([OK]);
    default:
      return undefined;
  }
}

let restartCause = 0;

const repository = sdrReplies({ records: SENSORS.map((_, n) => nonLinear(n + 1)) });

const answer: Command = (request, machine) => {
  const { netFn, code, data } = request;
  const sensor = SENSORS[(data[0] ?? 0) - 1];
  switch ((netFn << 8) | code) {
    case 0x042d:
      return sensor ? Buffer.from([OK, sensor.raw, 0xc0, 0xc0]) : Buffer.from([0xcb]);
    case 0x0423:
      return sensor && data[1] === sensor.raw ? factors(sensor) : Buffer.from([0xcb]);
    case 0x0007:
      return Buffer.from([OK, restartCause, 1]);
    case 0x0642:
      return Buffer.from([OK, 1, 4, 1, 0x81, 0xf2, 0x1b, 0, 0, 0]);
    case 0x0c02: {
      const value = lanParameter(data[1] ?? 0, data[2] ?? 0);
      return value ? Buffer.from([OK, 0x11, ...value]) : Buffer.from([0x80]);
    }
    default: {
      if (netFn !== 0x0a) return answerCommand(request, machine);
      const ofLog = logCommand(request);
      if (ofLog) return ofLog;
      const reply = repository(request);
      return typeof reply === "number" ? Buffer.from([reply]) : Buffer.concat([Buffer.from([OK]), reply]);
    }
  }
};

describe("what no BMC here has: a BMC of the tests, with ipmitool as oracle", function () {
  this.timeout(60_000);
  let bmc: LightBmc;
  let scratch: Scratch;
  let others: ForeignClients;

  before(async () => {
    scratch = scratchFolder("oracles-only");
    bmc = await startLightBmc(HOST, { command: answer });
    const { port, user, password } = bmc;
    others = foreignClients({ dir: scratch.dir, host: HOST, port, user, password, suite: 17 });
  });
  after(async () => {
    await bmc?.close();
    scratch.remove();
  });
  const ask = <T>(work: (ipmi: Ipmi) => Promise<T>): Promise<T> => {
    const { host, port, user, password } = bmc;
    return withIpmi({ host, port, user, password }, work);
  };

  it("non-linear sensors have the values that ipmitool reads", async () => {
    const ours = await ask((ipmi) => ipmi.sensors.list());
    const rows = (await others.ipmitool("sensor")).trim().split("\n");
    const theirs = rows.map((row) => row.split("|").map((field) => field.trim()));
    assert.equal(ours.length, SENSORS.length);
    assert.deepEqual(
      ours.map(({ name, value, unit }) => [name, value?.toFixed(3), unit]),
      theirs.map(([name, value, unit]) => [name, value, unit]),
    );
    assert.equal(new Set(theirs.map(([, value]) => value)).size, SENSORS.length);
  });

  it("the cause of the last restart is what ipmitool and ipmi-chassis say", async () => {
    const plain = (words: string) => words.toLowerCase().replace(/[^a-z]/g, "");
    // Of table 28-11, by number; each says it in words of its own.
    const causes: readonly [cause: string, ipmitool: string, freeipmi: string][] = [
      ["unknown", "unknown", "unknown"],
      ["chassis-control", "chassispowercontrolcommand", "chassiscontrolcommand"],
      ["reset-button", "resetviapushbutton", "resetviapushbutton"],
      ["power-button", "powerupviapushbutton", "powerupviapowerpushbutton"],
      ["watchdog", "watchdogexpired", "watchdog"],
      ["oem", "oem", "oem"],
      ["power-restored-always", "powerupduetoalwaysrestorepowerpolicy", "alwaysrestorepowerrestorepolicy"],
      ["power-restored-previous", "powerupduetorestorepreviouspowerpolicy", "restorepreviouspowerstate"],
      ["event-filter-reset", "resetviapef", "pef"],
      ["event-filter-cycle", "powercycleviapef", "pef"],
    ];
    for (const [number, [cause, ipmitool, freeipmi]] of causes.entries()) {
      restartCause = number;
      const theirs = plain(await others.ipmitool("chassis", "restart_cause"));
      const too = plain(await others.freeipmi("ipmi-chassis", "--get-system-restart-cause"));
      assert.deepEqual(await ask((ipmi) => ipmi.restartCause()), { cause, channel: 1 });
      assert.ok(theirs.includes(ipmitool), `${cause}: ipmitool says ${theirs}`);
      assert.ok(too.includes(freeipmi), `${cause}: ipmi-chassis says ${too}`);
    }
  });

  it("the event log's storage is divided as ipmitool says", async () => {
    const ours = await ask((ipmi) => ipmi.eventLog.allocation());
    const printed = await others.ipmitool("sel", "info");
    const field = (name: string) => Number(new RegExp(`${name} *: (\\d+)`).exec(printed)?.[1]);
    assert.deepEqual(ours, {
      units: field("# of Alloc Units"),
      unitBytes: field("Alloc Unit Size"),
      freeUnits: field("# Free Units"),
      largestFreeBlock: field("Largest Free Blk"),
      largestRecord: field("Max Record Size"),
    });
    assert.deepEqual(ours, ALLOCATION);
    assert.ok((await ask((ipmi) => ipmi.eventLog.info())).supports.includes("allocation-info"));
  });

  it("the log's clock is as far from UTC as bmc-device reads, and as it sets", async () => {
    const theirs = async () => (await others.freeipmi("bmc-device", "--get-sel-time-utc-offset")).trim();
    const ours = () => ask((ipmi) => ipmi.eventLog.utcOffset());
    for (const minutes of [0, 60, -210, 1440, -1440]) {
      await ask((ipmi) => ipmi.eventLog.setUtcOffset(minutes));
      assert.match(await theirs(), new RegExp(`: ${minutes} minutes$`));
      assert.equal(await ours(), minutes);
    }
    await ask((ipmi) => ipmi.eventLog.setUtcOffset(undefined));
    assert.deepEqual([await ours(), utcOffset], [undefined, NO_OFFSET]);
    assert.match(await theirs(), /none|unspecified/i);
    await others.freeipmi("bmc-device", "--set-sel-time-utc-offset=-90");
    assert.equal(await ours(), -90);
    await others.freeipmi("bmc-device", "--set-sel-time-utc-offset=none");
    assert.equal(await ours(), undefined);
  });

  it("IPv6 addresses are those that ipmitool reads", async () => {
    const { ipv6 } = await ask((ipmi) => ipmi.lan.read());
    const printed = await others.ipmitool("lan6", "print", "1");
    const all = (field: string) =>
      [...printed.matchAll(new RegExp(`${field}: +(\\S+)`, "g"))].map(([, value]) => value);
    assert.deepEqual([ipv6?.mode], all("Addressing Enables"));
    const addresses = ipv6?.addresses ?? [];
    const short = (address: string) => new SocketAddress({ address, family: "ipv6" }).address;
    assert.deepEqual(
      addresses.map(({ address, prefix }) => `${short(address)}/${prefix}`),
      all("Address"),
    );
    const [fixed, ...dynamic] = addresses;
    assert.equal(fixed?.source, "static");
    assert.deepEqual(
      dynamic.map(({ source }) => source),
      all("Source/Type").map((source) => source?.toLowerCase()),
    );
    assert.deepEqual(
      addresses.map(({ active }) => active),
      all("Status").map((status) => status === "active"),
    );
    assert.deepEqual([addresses.length, all("Status")], [3, ["active", "active", "disabled"]]);
  });
});
