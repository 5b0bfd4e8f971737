import assert from "node:assert/strict";
import { inspect } from "node:util";
import {
  Ipmi,
  IpmiAuthenticationError,
  IpmiCipherSuiteError,
  IpmiCompletionError,
  IpmiUnreachableError,
} from "../../../../../bare-metal/ipmi";
import {
  eagerClock,
  flipped,
  type Network,
  type Recording,
  recording,
  replay,
} from "../../../../fixtures/ipmi/replay";
import { seededRandom } from "../../../../fixtures/ipmi/seeded-random";

function client(
  recorded: Recording,
  network?: Network,
  options: { password?: string; retries?: number } = {},
) {
  const bmc = replay(recorded, network);
  const ipmi = new Ipmi("192.0.2.1", recorded.user, options.password ?? recorded.password, {
    cipherSuite: recorded.cipherSuite,
    retries: options.retries ?? 0,
    random: seededRandom(recorded.seed),
    clock: eagerClock,
    transport: () => Promise.resolve(bmc),
  });
  return { bmc, ipmi };
}

const code = (error: unknown) => (error instanceof IpmiCompletionError ? error.code : error);

/** What the client was asked for when the recording was made. */
async function conversation(ipmi: Ipmi) {
  await ipmi.connect();
  const said = [
    await ipmi.deviceId(),
    await ipmi.systemGuid().catch(code),
    await ipmi.chassisStatus(),
    await ipmi.setBootDevice("pxe"),
  ];
  await ipmi.close();
  return said;
}

for (const name of ["recorded-suite-3", "recorded-suite-17"]) {
  const recorded = recording(name);
  const sent = recorded.datagrams.filter((d) => d.startsWith(">")).length;

  describe(`session replayed from ${recorded.peer}, suite ${recorded.cipherSuite}`, () => {
    it("sends the same bytes and understands the same answers", async () => {
      const { bmc, ipmi } = client(recorded);
      const said = await conversation(ipmi);
      // goipmi-server does not know the command: 0xc1.
      assert.equal(said[1], recorded.cipherSuite === 3 ? "a0102030405060708090a0b0c0d0e0f1" : 0xc1);
      assert.equal(bmc.replayed, sent);
      assert.deepEqual(bmc.unexpected, []);
    });

    it("is not moved by duplicates, stray datagrams and late answers", async () => {
      const [first] = (await conversation(client(recorded).ipmi)) as object[];
      const past: Buffer[] = [];
      const { bmc, ipmi } = client(recorded, (answer) => {
        const others = [
          Buffer.alloc(0),
          Buffer.from("hello"),
          flipped(answer, answer.length * 8 - 1),
          ...past,
        ];
        past.push(answer);
        // The last bit of a set-up message is part of its content, so a forged one may not come first there.
        return past.length <= 3 ? [...others.slice(0, 2), answer, ...past] : [...others, answer, answer];
      });
      const said = await conversation(ipmi);
      assert.deepEqual(said[0], first);
      assert.equal(bmc.replayed, sent);
      assert.deepEqual(bmc.unexpected, []);
    });

    it("takes no session packet with one bit turned, whichever", async () => {
      // The first answer inside the session: to Set Session Privilege Level.
      const index = 7;
      const length = Buffer.from((recorded.datagrams[index] as string).slice(1), "hex").length;
      for (let bit = 0; bit < length * 8; bit += 1) {
        // Reserved and sequence bytes of the RMCP header are not part of what is checked.
        if (bit >= 8 && bit < 24) continue;
        const { ipmi } = client(recorded, (answer, at) => [at === index ? flipped(answer, bit) : answer]);
        await assert.rejects(ipmi.connect(), { name: "IpmiTimeoutError" }, `bit ${bit}`);
      }
    });

    it("refuses an answer that chooses other algorithms than asked for", async () => {
      for (const [offset, weak] of [
        [32, 0],
        [32, recorded.cipherSuite === 3 ? 2 : 1],
        [40, 0],
        [48, 0],
      ] as const) {
        const { ipmi } = client(recorded, (answer, at) => {
          const changed = Buffer.from(answer);
          if (at === 1) changed[offset] = weak;
          return [changed];
        });
        await assert.rejects(ipmi.connect(), IpmiCipherSuiteError, `byte ${offset} = ${weak}`);
      }
    });

    it("tells a wrong password by RAKP message 2, and keeps it to itself", async () => {
      const password = "not-the-password";
      const { bmc, ipmi } = client(recorded, undefined, { password });
      const error = await ipmi.connect().then(
        () => assert.fail("connected"),
        (e: unknown) => e as Error,
      );
      assert.ok(error instanceof IpmiAuthenticationError);
      assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes(password));
      assert.equal(bmc.unexpected.length, 1, "the BMC is told to give the half-open session up");
      assert.equal(bmc.unexpected[0]?.[17], 0x0f);
    });

    it("refuses a RAKP message 4 that does not prove the BMC", async () => {
      const { ipmi } = client(recorded, (answer, at) => [
        at === 5 ? flipped(answer, answer.length * 8 - 1) : answer,
      ]);
      await assert.rejects(ipmi.connect(), IpmiAuthenticationError);
    });

    it("names host and what to check when nothing answers", async () => {
      const { ipmi } = client(recorded, () => []);
      await assert.rejects(ipmi.connect(), (error: unknown) => {
        assert.ok(error instanceof IpmiUnreachableError);
        assert.match(error.message, /192\.0\.2\.1:623.*check: .*cable/);
        return true;
      });
    });

    it("repeats a datagram that got lost, byte for byte during set-up", async () => {
      let lost = 0;
      const { bmc, ipmi } = client(recorded, (answer, at) => (at === 1 && lost++ === 0 ? [] : [answer]), {
        retries: 2,
      });
      await assert.rejects(ipmi.connect());
      assert.deepEqual(bmc.unexpected[0], Buffer.from((recorded.datagrams[0] as string).slice(1), "hex"));
    });
  });
}
