import assert from "node:assert/strict";
import { inspect } from "node:util";
import { createIpmi, Ipmi, IpmiArgumentError, type IpmiOptions } from "../../../../bare-metal/ipmi";
import { eagerClock, recording, replay } from "../../../fixtures/ipmi/replay";
import { seededRandom } from "../../../fixtures/ipmi/seeded-random";

const recorded = recording("recorded-suite-3");

function replayed(): IpmiOptions {
  const bmc = replay(recorded);
  const random = seededRandom(recorded.seed);
  return { cipherSuite: 3, retries: 0, clock: eagerClock, random, transport: () => Promise.resolve(bmc) };
}

describe("Ipmi", () => {
  it("shows its password in no printed form, before, during and after a session", async () => {
    const ipmi = new Ipmi("192.0.2.1", recorded.user, recorded.password, replayed());
    const hex = Buffer.from(recorded.password).toString("hex");
    const safe = () => {
      for (const text of [
        inspect(ipmi, { showHidden: true, depth: 9 }),
        JSON.stringify(ipmi),
        String(ipmi),
      ]) {
        assert.ok(!text.includes(recorded.password) && !text.replaceAll(" ", "").includes(hex), text);
      }
      const bare = inspect(ipmi, { customInspect: false, showHidden: true, depth: 9 });
      assert.ok(!bare.includes(recorded.password) && !bare.replaceAll(" ", "").includes(hex));
    };
    safe();
    await ipmi.connect();
    safe();
    await ipmi.close();
    safe();
  });

  const bad: [string, [string, string, string], object][] = [
    ["suite 0", ["h", "u", "p"], { cipherSuite: 0 }],
    ["suite 1, without integrity", ["h", "u", "p"], { cipherSuite: 1 }],
    ["suite 15, without encryption", ["h", "u", "p"], { cipherSuite: 15 }],
    ["an unknown privilege", ["h", "u", "p"], { privilege: "root" }],
    ["a name that every object has", ["h", "u", "p"], { privilege: "toString" }],
    ["port 0", ["h", "u", "p"], { port: 0 }],
    ["a fraction of a retry", ["h", "u", "p"], { retries: 0.5 }],
    ["no host", ["", "u", "p"], {}],
    ["a user of 17 bytes", ["h", "u".repeat(17), "p"], {}],
    ["a password of 21 bytes", ["h", "u", "S3cret-".repeat(3)], {}],
    ["a BMC key of 21 bytes", ["h", "u", "p"], { bmcKey: "S3cret-".repeat(3) }],
    ["a BMC key of zeros, which is none", ["h", "u", "p"], { bmcKey: Buffer.alloc(20) }],
    ["a keep-alive without pause", ["h", "u", "p"], { keepAlive: 0 }],
  ];
  for (const [name, args, options] of bad) {
    it(`refuses ${name}, and sends nothing`, () => {
      assert.throws(
        () => new Ipmi(...args, options),
        (error: unknown) => {
          assert.ok(error instanceof IpmiArgumentError);
          assert.ok(!error.message.includes("S3cret"));
          return true;
        },
      );
    });
  }

  it("refuses arguments out of range", async () => {
    const ipmi = new Ipmi("192.0.2.1", "u", "p");
    await assert.rejects(ipmi.power("explode" as never), IpmiArgumentError);
    await assert.rejects(ipmi.setBootDevice("tape" as never), IpmiArgumentError);
    await assert.rejects(ipmi.identify(256), IpmiArgumentError);
    await assert.rejects(ipmi.raw(7, 1), IpmiArgumentError);
    await ipmi.close();
  });

  it("takes callbacks", async () => {
    const ipmi = createIpmi("192.0.2.1", recorded.user, recorded.password, replayed());
    await ipmi.connect();
    const firmware = await new Promise((resolve, reject) =>
      ipmi.deviceId((error, id) => (error ? reject(error) : resolve(id?.firmware))),
    );
    assert.equal(firmware, "9.08");
    const error = await new Promise<Error | null>((resolve) => ipmi.power("explode" as never, resolve));
    assert.ok(error instanceof IpmiArgumentError);
    await ipmi.close();
  });

  it("takes callbacks in its faces", async () => {
    const ipmi = createIpmi("192.0.2.1", "u", "p");
    const error = await new Promise<Error | null>((resolve) => ipmi.users.get(64, resolve));
    assert.ok(error instanceof IpmiArgumentError);
    await assert.rejects(ipmi.users.get(64), IpmiArgumentError, "and still gives promises");
    await ipmi.close();
  });
});
