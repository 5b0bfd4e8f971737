import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { waitFor } from "../../../../base/wait";
import {
  Ipmi,
  IpmiAuthenticationError,
  IpmiOutOfSessionsError,
  type IpmiTarget,
  withIpmi,
} from "../../../../bare-metal/ipmi";
import { openUdp } from "../../../../bare-metal/ipmi/transport/udp";
import { type GoBmc, startGoBmc } from "../../../fixtures/ipmi/goipmi-server";
import { type SimulatedBmc, startIpmiSim } from "../../../fixtures/ipmi/ipmi-sim";

const PROGRAM = join(__dirname, "../../../fixtures/ipmi/open-session.ts");
const REGISTER = join(__dirname, "../../../../base/register.js");

describe("sessions on ipmi_sim, with ipmitool as oracle", function () {
  this.timeout(60_000);
  let bmc: SimulatedBmc;
  const target = (change: Partial<IpmiTarget> = {}): IpmiTarget => {
    const { host, port, user, password } = bmc;
    return { host, port, user, password, cipherSuite: 3, ...change };
  };
  /** Sessions besides ipmitool's own. */
  const activeSessions = async () => {
    const text = await bmc.ipmitool("session", "info", "active");
    return Number(/active sessions\s*: (\d+)/.exec(text)?.[1]) - 1;
  };

  before(async () => {
    bmc = await startIpmiSim("127.83.1.1");
  });
  after(() => bmc?.stop());

  /** Runs a program that opens a session and never closes it. */
  async function end(ending: string, signal?: NodeJS.Signals) {
    const argv = ["-r", REGISTER, PROGRAM, bmc.host, String(bmc.port), bmc.user, ending];
    const env = { ...process.env, LECTERN_TEST_PASSWORD: bmc.password };
    const child = spawn(process.execPath, argv, { env, stdio: ["ignore", "pipe", "ignore"] });
    try {
      let said = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
      const exit = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
      await waitFor("the session is open", () => said.includes("open") || undefined, { timeout: 20_000 });
      if (signal) child.kill(signal);
      const [code, by] = await exit;
      return { code, by, said };
    } finally {
      child.kill("SIGKILL");
    }
  }

  const endings: [string, string, NodeJS.Signals | undefined, object][] = [
    ["that forgets to close", "forgets", undefined, { code: 0, by: null, said: "open\n" }],
    ["that calls process.exit", "exits", undefined, { code: 3, by: null, said: "open\n" }],
    ["that dies of an error", "throws", undefined, { code: 1, by: null, said: "open\n" }],
    ["that SIGTERM ends", "waits", "SIGTERM", { code: null, by: "SIGTERM", said: "open\n" }],
    ["that SIGINT ends", "waits", "SIGINT", { code: null, by: "SIGINT", said: "open\n" }],
    ["with a handler of its own", "handles", "SIGTERM", { code: 4, by: null, said: "open\nhandled\n" }],
  ];
  for (const [name, ending, signal, expected] of endings) {
    it(`leaves no session of a program ${name}, and ends it as it would have ended`, async () => {
      assert.deepEqual(await end(ending, signal), expected);
      assert.equal(await activeSessions(), 0);
    });
  }

  it("keeps an idle session alive", async () => {
    const datagrams: number[] = [];
    const counting = async (host: string, port: number) => {
      const udp = await openUdp(host, port);
      return { ...udp, send: (datagram: Buffer) => (datagrams.push(datagram.length), udp.send(datagram)) };
    };
    const ipmi = new Ipmi(bmc.host, bmc.user, bmc.password, {
      ...target(),
      keepAlive: 1_000,
      transport: counting,
    });
    await ipmi.connect();
    const opened = datagrams.length;
    await waitFor("two questions were asked", () => datagrams.length >= opened + 2 || undefined, {
      timeout: 10_000,
    });
    assert.equal(await activeSessions(), 1);
    await ipmi.close();
  });

  it("shares a session with clients of the same login alone", async () => {
    const clients = [target(), target(), target({ privilege: "administrator" })].map(
      ({ host, user, password, ...options }) => new Ipmi(host, user, password, options),
    );
    await Promise.all(clients.map((ipmi) => ipmi.connect()));
    assert.equal(await activeSessions(), 2);
    const wrong = new Ipmi(bmc.host, bmc.user, "another-password", target());
    await assert.rejects(wrong.connect(), IpmiAuthenticationError, "an open session opens to nobody else");
    await wrong.close();
    await Promise.all(clients.map((ipmi) => ipmi.close()));
    assert.equal(await activeSessions(), 0);
  });

  it("ends what was asked before it closes", async () => {
    const [first, second] = [target(), target()].map(
      ({ host, user, password, ...options }) => new Ipmi(host, user, password, options),
    ) as [Ipmi, Ipmi];
    const asked = first.deviceId();
    const other = second.deviceId();
    await Promise.all([first.close(), second.close()]);
    assert.equal((await asked).firmware, "9.08");
    assert.equal((await other).firmware, "9.08");
  });

  it("names the cipher suites as ipmitool does", async () => {
    const ipmi = new Ipmi(bmc.host, bmc.user, bmc.password, target());
    const suites = await ipmi.cipherSuites();
    const table = await bmc.ipmitool("channel", "getciphers", "ipmi", "1");
    const oracle = [...table.matchAll(/^(\d+)\s/gm)].map((match) => Number(match[1]));
    const ids = suites.map((suite) => suite.id);
    // ipmitool 1.8.19 stops after 64 bytes of records.
    assert.deepEqual(ids.slice(0, oracle.length), oracle);
    assert.deepEqual(ids, [...Array(15).keys()]);
    assert.deepEqual(suites[3], {
      id: 3,
      oem: undefined,
      authentication: "RAKP-HMAC-SHA1",
      integrity: ["HMAC-SHA1-96"],
      confidentiality: ["AES-CBC-128"],
    });
    await ipmi.close();
  });

  it("says which suites a BMC names that refuses 17", async () => {
    await assert.rejects(
      withIpmi(target({ cipherSuite: 17 }), () => Promise.resolve()),
      /cipher suite 17 refused.*the BMC names 0, 1, 2, 3, /,
    );
  });

  it("knows its own session", async () => {
    await withIpmi(target({ privilege: "administrator" }), async (ipmi) => {
      const { active, session } = await ipmi.sessionInfo();
      assert.deepEqual([active, session?.user, session?.privilege], [1, 2, "administrator"]);
      assert.deepEqual((await ipmi.sessionInfo(1)).session?.user, 2);
    });
  });
});

describe("two-key logins on ipmi_sim", function () {
  this.timeout(60_000);
  const key = "S3cret-bmc-key-of19";
  let bmc: SimulatedBmc;
  const connect = (change: Partial<IpmiTarget>) => {
    const { host, port, user, password } = bmc;
    return withIpmi({ host, port, user, password, cipherSuite: 3, retries: 2, ...change }, (ipmi) =>
      ipmi.deviceId(),
    );
  };

  before(async () => {
    bmc = await startIpmiSim("127.83.1.2", 623, "repository", {
      lan: `bmc_key "${key}"`,
      ipmitool: ["-k", key],
    });
  });
  after(() => bmc?.stop());

  it("opens with the BMC key, as ipmitool does", async () => {
    assert.equal((await connect({ bmcKey: key })).firmware, "9.08");
    assert.match(await bmc.ipmitool("mc", "info"), /9\.08/);
  });

  it("says that the key is missing or wrong, and keeps it to itself", async () => {
    await assert.rejects(connect({}), (error: unknown) => {
      assert.ok(error instanceof IpmiAuthenticationError);
      assert.match(error.check, /BMC key \(Kg\) is set/);
      return true;
    });
    await assert.rejects(connect({ bmcKey: "S3cret-wrong" }), (error: unknown) => {
      assert.ok(error instanceof IpmiAuthenticationError);
      assert.match(error.check, /^the BMC key/);
      assert.ok(!error.message.includes("S3cret"));
      return true;
    });
  });
});

describe("sessions on goipmi-server, suite 17", function () {
  this.timeout(60_000);
  let bmc: GoBmc;

  before(async () => {
    bmc = await startGoBmc();
  });
  after(() => bmc?.stop());

  it("says that the BMC has no free session, and what to do", async () => {
    const { host, port, user, password } = bmc;
    // A transport of its own keeps each client from sharing.
    const clients: Ipmi[] = [];
    try {
      const connectAll = async () => {
        for (let n = 0; n < 20; n += 1) {
          const ipmi = new Ipmi(host, user, password, { port, transport: openUdp });
          clients.push(ipmi);
          await ipmi.connect();
        }
      };
      await assert.rejects(connectAll(), (error: unknown) => {
        assert.ok(error instanceof IpmiOutOfSessionsError, String(error));
        assert.match(error.message, /check: who holds sessions/);
        return true;
      });
    } finally {
      await Promise.all(clients.map((ipmi) => ipmi.close()));
    }
    await withIpmi({ host, port, user, password }, async (ipmi) => {
      assert.equal((await ipmi.sessionInfo()).active, 1);
    });
  });
});
