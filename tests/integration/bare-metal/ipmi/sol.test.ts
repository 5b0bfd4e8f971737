import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { waitFor } from "../../../../base/wait";
import {
  Ipmi,
  IpmiArgumentError,
  IpmiConsoleLostError,
  IpmiOccupiedError,
  type IpmiOptions,
} from "../../../../bare-metal/ipmi";
import type { SolStream } from "../../../../bare-metal/ipmi/sol";
import { type GoBmc, startGoBmc } from "../../../fixtures/ipmi/goipmi-server";
import { type SimulatedBmc, startIpmiSim } from "../../../fixtures/ipmi/ipmi-sim";
import { startRelay } from "../../../fixtures/ipmi/relay";
import { type SerialConsole, startSerialConsole } from "../../../fixtures/ipmi/serial-console";

const PEERS = {
  "ipmi_sim, suite 3": {
    start: (device: string): Promise<SimulatedBmc | GoBmc> =>
      startIpmiSim("127.83.1.5", 623, "repository", { global: `sol "${device}" 115200` }),
    cipherSuite: 3,
  },
  "goipmi-server, suite 17": {
    start: (device: string): Promise<SimulatedBmc | GoBmc> => startGoBmc({ GOIPMI_SERVER_CONSOLE: device }),
    cipherSuite: 17,
  },
} as const;

const alphabet = (length: number) =>
  Array.from({ length }, (_, n) => String.fromCharCode(97 + (n % 26))).join("");

for (const [peer, { start, cipherSuite }] of Object.entries(PEERS)) {
  describe(`serial over LAN with ${peer}, and a pty for the machine`, function () {
    this.timeout(60_000);
    let machine: SerialConsole;
    let bmc: SimulatedBmc | GoBmc;
    let ipmi: Ipmi;

    before(async () => {
      machine = await startSerialConsole();
      bmc = await start(machine.device);
      ipmi = client();
    });
    after(async () => {
      await ipmi?.close();
      await bmc?.stop();
      await machine?.stop();
    });

    const client = (host = bmc.host, port = bmc.port, options: IpmiOptions = {}) =>
      new Ipmi(host, bmc.user, bmc.password, {
        port,
        cipherSuite,
        privilege: "administrator",
        timeout: 100,
        retries: 10,
        ...options,
      });
    const written = (stream: SolStream, text: string) =>
      new Promise<void>((resolve, reject) =>
        stream.write(text, (error) => (error ? reject(error) : resolve())),
      );
    /** What the stream has given so far. */
    const collect = (stream: SolStream) => {
      const heard = { text: "" };
      stream.on("data", (bytes: Buffer) => (heard.text += bytes.toString("latin1")));
      return heard;
    };
    const arrives = (what: string, wanted: string, got: () => string | Promise<string>) =>
      waitFor(what, async () => ((await got()) === wanted ? true : undefined), {
        timeout: 20_000,
        interval: 50,
      });
    const heardByMachine = () => {
      let text = "";
      return async () => (text += await machine.heard());
    };
    /** Randomness of its own makes a session of its own. */
    const stranger = (options: IpmiOptions = {}) =>
      client(bmc.host, bmc.port, { ...options, random: randomBytes });
    /** What the stream fails with. */
    const failure = async (stream: SolStream): Promise<IpmiConsoleLostError> => {
      const [error] = (await once(stream, "error")) as [unknown];
      assert.ok(error instanceof IpmiConsoleLostError, String(error));
      return error;
    };
    const closed = async (stream: SolStream) => {
      if (!stream.closed) await once(stream, "close");
    };

    it("carries characters both ways beside commands, and leaves nothing active", async () => {
      const stream = await ipmi.sol.activate();
      const heard = collect(stream);
      assert.deepEqual((await ipmi.sol.status()).active, [1]);
      machine.say("node login: ");
      await arrives("the prompt", "node login: \r\n", () => heard.text);
      await written(stream, "root\r");
      await arrives("the answer", "root\r", heardByMachine());
      assert.equal((await ipmi.chassisStatus()).powerFault, false, "commands pass meanwhile");
      stream.end();
      await closed(stream);
      assert.deepEqual((await ipmi.sol.status()).active, []);
    });

    it("sends a break and flushes", async () => {
      const stream = await ipmi.sol.activate();
      await stream.sendBreak();
      await stream.flush("inbound");
      await stream.flush("outbound");
      stream.destroy();
      await closed(stream);
    });

    it("loses and doubles nothing of long texts through 15 % loss, duplicates and reordering", async () => {
      const weather = { seed: `console ${cipherSuite}`, loss: 0.15, duplication: 0.1, reordering: 0.1 };
      const relay = await startRelay(bmc.host, bmc.port, weather);
      const far = client("127.0.0.1", relay.port);
      try {
        const stream = await far.sol.activate({ retry: { interval: 60, retries: 30 } });
        const text = "0123456789".repeat(200);
        const heard = heardByMachine();
        await written(stream, text);
        await arrives("what was written", text, heard);
        stream.destroy();
        await closed(stream);
        assert.ok(relay.lost > 0, "some were lost");
      } finally {
        await far.close();
        await relay.close();
      }
    });

    it("gives all that a machine writes, also to a reader that rests", async () => {
      const stream = await ipmi.sol.activate();
      const length = 20_000;
      machine.flood(length);
      await once(stream, "readable");
      const heard = collect(stream);
      await arrives("the flood", alphabet(length), () => heard.text);
      stream.destroy();
      await closed(stream);
    });

    it("names another session's console, and takes it when told to", async () => {
      const first = await ipmi.sol.activate({ watch: 100 });
      const firstHeard = collect(first);
      const second = stranger();
      try {
        await assert.rejects(second.sol.activate(), (error: unknown) => {
          assert.ok(error instanceof IpmiOccupiedError);
          assert.match(error.message, /another session has the console; check: .*steal/);
          return true;
        });
        const lost = failure(first);
        const stream = await second.sol.activate({ steal: true });
        assert.match(
          (await lost).problem,
          /^(another session has taken the console|the console was deactivated)/,
        );
        await closed(first);
        const heard = collect(stream);
        machine.say("yours");
        await arrives("the line", "yours\r\n", () => heard.text);
        assert.equal(firstHeard.text, "");
        stream.destroy();
        await closed(stream);
      } finally {
        first.destroy();
        await closed(first);
        await second.close();
      }
    });

    it("leaves the console to whoever has taken it, also when it ends before it knows", async () => {
      const first = await ipmi.sol.activate({ watch: 600_000 });
      first.on("error", () => undefined);
      // Of goipmi-server, which tells, it knows at once.
      const second = stranger();
      try {
        const stream = await second.sol.activate({ steal: true });
        first.destroy();
        await closed(first);
        assert.deepEqual((await second.sol.status()).active, [1]);
        stream.destroy();
        await closed(stream);
      } finally {
        await second.close();
      }
    });

    it("fails when somebody deactivates it, though nothing is typed", async () => {
      const stream = await ipmi.sol.activate({ watch: 100 });
      const heard = collect(stream);
      machine.say("last words");
      await arrives("the line", "last words\r\n", () => heard.text);
      const lost = failure(stream);
      await bmc.ipmitool("sol", "deactivate");
      assert.match(
        (await lost).message,
        /serial over LAN: the console was deactivated, by somebody else or by/,
      );
      await closed(stream);
    });

    it("says so when somebody deactivated it and something is typed", async () => {
      const stream = await ipmi.sol.activate({ watch: 600_000, retry: { interval: 20, retries: 3 } });
      const lost = failure(stream);
      await bmc.ipmitool("sol", "deactivate");
      stream.write("is anybody there?");
      assert.match((await lost).message, /the console was deactivated/);
      await closed(stream);
    });

    it("fails when the BMC ends the session", async () => {
      const far = stranger({ retries: 3 });
      try {
        const stream = await far.sol.activate({ watch: 100 });
        const lost = failure(stream);
        const id = (await ipmi.raw(0x06, 0x4b, Buffer.from([1, 1]))).subarray(0, 4);
        await ipmi.raw(0x06, 0x3c, id);
        assert.match(
          (await lost).message,
          /serial over LAN: (the BMC no longer answers|the console was deact)/,
        );
        await closed(stream);
      } finally {
        await far.close();
      }
    });

    it("ends the stream and deactivates it with its client, though another shares the session", async () => {
      await ipmi.connect();
      const own = client();
      const stream = await own.sol.activate();
      await own.close();
      assert.ok(stream.closed);
      assert.deepEqual((await ipmi.sol.status()).active, []);
    });

    it("fails when the session is lost", async () => {
      const relay = await startRelay(bmc.host, bmc.port, {
        seed: "calm",
        loss: 0,
        duplication: 0,
        reordering: 0,
      });
      const far = client("127.0.0.1", relay.port, { retries: 2 });
      const stream = await far.sol.activate({ retry: { interval: 20, retries: 3 } });
      const lost = failure(stream);
      await relay.close();
      stream.write("is anybody there?");
      assert.match((await lost).message, /serial over LAN: the BMC no longer answers/);
      await far.close();
      await ipmi.sol.deactivate();
    });

    it("refuses values out of range", async () => {
      await assert.rejects(ipmi.sol.configure({ bitRate: 300 }), IpmiArgumentError);
      await assert.rejects(ipmi.sol.configure({ retries: 8 }), IpmiArgumentError);
    });
  });
}

describe("configuration of serial over LAN on goipmi-server, with ipmitool as oracle", function () {
  this.timeout(60_000);
  let machine: SerialConsole;
  let bmc: GoBmc;
  let ipmi: Ipmi;

  before(async () => {
    machine = await startSerialConsole();
    bmc = await startGoBmc({ GOIPMI_SERVER_CONSOLE: machine.device });
    ipmi = new Ipmi(bmc.host, bmc.user, bmc.password, { port: bmc.port, privilege: "administrator" });
  });
  after(async () => {
    await ipmi?.close();
    await bmc?.stop();
    await machine?.stop();
  });

  it("reads and sets it", async () => {
    const field = (text: string, name: string) => new RegExp(`^${name}.*: (.*?)\\s*$`, "m").exec(text)?.[1];
    const agree = async () => {
      const ours = await ipmi.sol.configuration();
      const text = await bmc.ipmitool("sol", "info", "1");
      assert.equal(field(text, "Enabled"), String(ours.enabled));
      assert.equal(field(text, "Force Encryption"), String(ours.forceEncryption));
      assert.equal(field(text, "Force Authentication"), String(ours.forceAuthentication));
      assert.equal(field(text, "Privilege Level")?.toLowerCase(), ours.privilege);
      assert.equal(Number(field(text, "Character Accumulate")), ours.accumulateMs);
      assert.equal(Number(field(text, "Character Send")), ours.threshold);
      assert.equal(Number(field(text, "Retry Count")), ours.retries);
      assert.equal(Number(field(text, "Retry Interval")), ours.retryIntervalMs);
      assert.equal(Number(field(text, "Volatile Bit Rate")) * 1000, ours.bitRate);
      assert.equal(Number(field(text, "Non-Volatile Bit Rate")) * 1000, ours.storedBitRate);
    };
    await agree();
    const change = {
      privilege: "operator",
      accumulateMs: 25,
      threshold: 100,
      retries: 7,
      retryIntervalMs: 300,
      bitRate: 57600,
    } as const;
    const { bitRate, ...rest } = change;
    const got = await ipmi.sol.configure(change);
    assert.deepEqual({ ...got, ...rest, storedBitRate: bitRate }, got);
    await agree();
  });
});
