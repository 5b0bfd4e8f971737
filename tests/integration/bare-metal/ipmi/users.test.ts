import assert from "node:assert/strict";
import {
  Ipmi,
  IpmiArgumentError,
  IpmiAuthenticationError,
  IpmiNotFoundError,
  IpmiPrivilegeError,
  IpmiUnsafeError,
  withIpmi,
} from "../../../../bare-metal/ipmi";
import { type GoBmc, startGoBmc } from "../../../fixtures/ipmi/goipmi-server";
import { type SimulatedBmc, startIpmiSim } from "../../../fixtures/ipmi/ipmi-sim";

const PEERS = {
  // It keeps 16 bytes of a password, finds every password right when asked for a test, and holds no user to a limit.
  "ipmi_sim, suite 3": {
    start: (): Promise<SimulatedBmc | GoBmc> => startIpmiSim("127.83.1.3"),
    cipherSuite: 3,
    password: "sixteen-bytes-ok",
    limits: false,
  },
  "goipmi-server, suite 17": {
    start: (): Promise<SimulatedBmc | GoBmc> => startGoBmc(),
    cipherSuite: 17,
    password: "exactly-twenty-bytes",
    limits: true,
  },
} as const;

/** A row of `ipmitool user list`: ID, name, and the limit of its privilege. */
const ROW = /^(\d+)\s+(\S*)\s+(?:true|false)\s+(true|false)\s+(true|false)\s+(.+?)\s*$/gm;
const PRIVILEGES: Readonly<Record<string, string>> = {
  ADMINISTRATOR: "administrator",
  OPERATOR: "operator",
  USER: "user",
  CALLBACK: "callback",
  "NO ACCESS": "none",
  "Unknown (0x00)": "reserved",
};

for (const [peer, { start, cipherSuite, password, limits }] of Object.entries(PEERS)) {
  describe(`users of ${peer}, with ipmitool as oracle`, function () {
    this.timeout(60_000);
    let bmc: SimulatedBmc | GoBmc;
    let ipmi: Ipmi;
    const login = (user: string, secret: string, privilege: "user" | "operator" = "user") => {
      const { host, port } = bmc;
      return withIpmi({ host, port, user, password: secret, cipherSuite, privilege }, (other) =>
        other.chassisStatus(),
      );
    };

    before(async () => {
      bmc = await start();
      const { host, port, user } = bmc;
      ipmi = new Ipmi(host, user, bmc.password, { port, cipherSuite, privilege: "administrator" });
    });
    after(async () => {
      await ipmi?.close();
      await bmc?.stop();
    });

    /** Our list is ipmitool's, field by field. */
    const agree = async () => {
      const ours = await ipmi.users.list();
      const rows = [...(await bmc.ipmitool("user", "list", "1")).matchAll(ROW)];
      assert.deepEqual(
        rows.map(([, id, name, link, messaging, limit]) => ({
          id: Number(id),
          name,
          linkAuthentication: link === "true",
          ipmiMessaging: messaging === "true",
          privilege: PRIVILEGES[limit ?? ""],
        })),
        ours.map(({ id, name, linkAuthentication, ipmiMessaging, privilege }) => ({
          id,
          name,
          linkAuthentication,
          ipmiMessaging,
          privilege,
        })),
      );
      return ours;
    };

    it("lists all places as ipmitool does", async () => {
      const users = await agree();
      assert.deepEqual(
        users.filter((user) => user.name !== "").map((user) => [user.id, user.name]),
        [[2, "lectern"]],
      );
    });

    it(`makes a user that can log in, with a password of ${password.length} bytes, and no more than its privilege`, async () => {
      const user = await ipmi.users.create({
        name: "ada",
        password,
        privilege: "user",
      });
      assert.deepEqual([user.id, user.name, user.privilege, user.ipmiMessaging], [3, "ada", "user", true]);
      await agree();
      await login("ada", password);
      await assert.rejects(login("ada", password.toUpperCase()), IpmiAuthenticationError);
      if (limits) await assert.rejects(login("ada", password, "operator"), IpmiPrivilegeError);
      await assert.rejects(
        ipmi.users.create({ name: "ada", password: "x", privilege: "user" }),
        IpmiArgumentError,
      );
    });

    it("changes password and privilege, and the BMC goes by them", async () => {
      const { id } = await ipmi.users.find("ada");
      await ipmi.users.setPassword(id, "another-password");
      await ipmi.users.setPrivilege(id, "operator");
      await agree();
      await login("ada", "another-password", "operator");
      await assert.rejects(login("ada", password), IpmiAuthenticationError);
      assert.equal(await ipmi.users.testPassword(id, "another-password"), true);
    });

    it("disables and enables a user", async () => {
      const { id } = await ipmi.users.find("ada");
      await ipmi.users.setEnabled(id, false);
      await assert.rejects(login("ada", "another-password"));
      await ipmi.users.setEnabled(id, true);
      await login("ada", "another-password");
    });

    it("deletes a user, and frees its place", async () => {
      const { id } = await ipmi.users.find("ada");
      await ipmi.users.delete(id);
      await agree();
      await assert.rejects(login("ada", "another-password"));
      await assert.rejects(ipmi.users.find("ada"), IpmiNotFoundError);
      assert.equal((await ipmi.users.create({ name: "eve", password: "p", privilege: "user" })).id, id);
      await ipmi.users.delete(id);
    });

    it("keeps the last administrator, unless forced", async () => {
      const before = await ipmi.users.list();
      await assert.rejects(ipmi.users.delete(2), IpmiUnsafeError);
      await assert.rejects(ipmi.users.setEnabled(2, false), IpmiUnsafeError);
      await assert.rejects(ipmi.users.setPrivilege(2, "user"), IpmiUnsafeError);
      assert.deepEqual(await ipmi.users.list(), before);
      const second = await ipmi.users.create({ name: "root", password: "p", privilege: "administrator" });
      await ipmi.users.setPrivilege(2, "operator");
      await ipmi.users.setPrivilege(2, "administrator", { force: true });
      await ipmi.users.delete(second.id);
    });

    it("refuses what no BMC can take, sends nothing of it, and keeps passwords to itself", async () => {
      const bad: [string, () => Promise<unknown>][] = [
        ["a password of 21 bytes", () => ipmi.users.setPassword(3, "S3cret-of-21-bytes-...")],
        ["no password", () => ipmi.users.setPassword(3, "")],
        ["a name of 17 bytes", () => ipmi.users.setName(3, "n".repeat(17))],
        ["no name", () => ipmi.users.setName(3, "")],
        ["user 0", () => ipmi.users.get(0)],
        ["user 64", () => ipmi.users.setEnabled(64, true)],
      ];
      for (const [what, ask] of bad) {
        await assert.rejects(ask(), (error: unknown) => {
          assert.ok(error instanceof IpmiArgumentError, what);
          assert.ok(!error.message.includes("S3cret"));
          return true;
        });
      }
    });
  });
}

describe("payload access on goipmi-server", function () {
  this.timeout(60_000);
  it("allows and forbids serial over LAN, and ipmitool sees it", async () => {
    const bmc = await startGoBmc();
    try {
      const { host, port, user, password } = bmc;
      await withIpmi({ host, port, user, password, privilege: "administrator" }, async ({ users }) => {
        for (const sol of [false, true]) {
          await users.setPayloadAccess(2, sol);
          assert.equal((await users.payloadAccess(2)).sol, sol);
          assert.match(
            await bmc.ipmitool("sol", "payload", "status", "1", "2"),
            sol ? /is enabled/ : /is disabled/,
          );
        }
      });
    } finally {
      await bmc.stop();
    }
  });
});
