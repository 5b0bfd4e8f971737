import assert from "node:assert/strict";
import { inspect } from "node:util";
import fc from "fast-check";
import type { BmcDriver } from "../../../../bare-metal/bmc/driver";
import { Redfish, redfishDriver, RedfishError, type RedfishTarget } from "../../../../bare-metal/redfish";
import { selfSignedCertificate } from "../../../fixtures/redfish/certificate";
import {
  ACCOUNTS,
  CHASSIS,
  ENTRIES,
  type Json,
  MANAGER,
  SESSIONS,
  SYSTEM,
  USER,
} from "../../../fixtures/redfish/documents";
import { type EmulatorOptions, RedfishEmulator, refusal } from "../../../fixtures/redfish/emulator";
import { askSushy } from "../../../fixtures/redfish/sushy-client";

describe("Redfish driver against a BMC with sessions, ETags, accounts and a log", function () {
  this.timeout(120_000);
  let bmc: RedfishEmulator;
  let driver: BmcDriver;
  /** What the driver waited for, instead of waiting. */
  let waits: number[];

  const login = () => ({ host: bmc.host, port: bmc.port, user: USER.name, password: USER.password });
  const drive = (change: Partial<RedfishTarget> = {}) =>
    redfishDriver({
      ...login(),
      certificate: bmc.certificate.fingerprint,
      sleep: async (time) => void waits.push(time),
      ...change,
    });
  const restart = async (options: EmulatorOptions) => {
    await driver.close();
    await bmc.stop();
    bmc = await RedfishEmulator.start("127.85.2.1", options);
    driver = drive();
  };
  const named =
    (name: string, ...patterns: RegExp[]) =>
    (error: unknown) => {
      assert.ok(error instanceof RedfishError, String(error));
      assert.equal(error.name, name, error.message);
      for (const pattern of [/BMC 127\.85\.2\.1:\d+: .*; check: ./, ...patterns])
        assert.match(error.message, pattern);
      assert.ok(!inspect(error).includes(USER.password), "no password in errors");
      return true;
    };

  beforeEach(async () => {
    waits = [];
    bmc = await RedfishEmulator.start("127.85.2.1");
    driver = drive();
  });
  afterEach(async () => {
    await driver.close();
    await bmc.stop();
  });

  describe("sessions", () => {
    it("logs in once for requests asked at the same time, and deletes the session", async () => {
      await Promise.all([driver.powerStatus(), driver.identity(), driver.users()]);
      assert.equal(bmc.sessions.size, 1);
      assert.deepEqual(bmc.asked("POST"), [`POST ${SESSIONS}`]);
      await driver.close();
      assert.equal(bmc.sessions.size, 0);
      await assert.rejects(driver.powerStatus(), named("RedfishClosedError"));
    });

    it("deletes it at the BMC that it asked, whatever host that believes to be", async () => {
      await restart({ name: "bmc.example" });
      await driver.powerStatus();
      assert.equal(bmc.sessions.size, 1);
      await driver.close();
      assert.equal(bmc.sessions.size, 0);
    });

    it("opens one that expired again, and carries out a change once", async () => {
      await driver.powerStatus();
      bmc.sessions.clear();
      await driver.power("on");
      assert.equal(bmc.document(SYSTEM)["PowerState"], "On");
      bmc.sessions.clear();
      assert.equal(await driver.powerStatus(), "on");
      assert.equal(bmc.asked("POST").filter((r) => r.endsWith(SESSIONS)).length, 3);
    });

    it("gives up where every session is refused", async () => {
      bmc.intercept = ({ method, url }) =>
        method === "GET" && url !== "/redfish/v1/"
          ? refusal(401, "Base.1.18.NoValidSession", "No.")
          : undefined;
      await assert.rejects(driver.powerStatus(), named("RedfishAuthenticationError"));
      assert.equal(bmc.asked("POST").length, 2);
    });

    it("names a wrong password and a BMC without a free session", async () => {
      const wrong = drive({ password: "wrong-and-hidden" });
      await assert.rejects(
        wrong.powerStatus(),
        named("RedfishAuthenticationError", /user name and password/),
      );
      await wrong.close();
      await restart({ maxSessions: 0 });
      await assert.rejects(driver.powerStatus(), named("RedfishOutOfSessionsError", /session limit/));
    });

    it("deletes its session also when the caller has ended everything", async () => {
      const stop = new AbortController();
      const stopped = drive({ signal: stop.signal });
      await stopped.powerStatus();
      stop.abort();
      await assert.rejects(stopped.powerStatus(), named("RedfishAbortedError"));
      await stopped.close();
      assert.equal(bmc.sessions.size, 0);
    });

    it("shows no password and no token", async () => {
      const redfish = new Redfish(bmc.host, USER.name, USER.password, {
        port: bmc.port,
        certificate: bmc.certificate.fingerprint,
      });
      await redfish.get(SYSTEM);
      const [token = ""] = bmc.sessions.keys();
      for (const text of [
        inspect(redfish),
        JSON.stringify(redfish),
        inspect(redfish, { showHidden: true, customInspect: false, depth: 9 }),
      ]) {
        assert.ok(!text.includes(USER.password) && !text.includes(token), text);
      }
      await redfish.close();
    });
  });

  describe("certificates", () => {
    it("refuses one that is not pinned, and sends nothing", async () => {
      const { fingerprint, certificate } = await selfSignedCertificate(bmc.host);
      for (const trust of [{ certificate: fingerprint }, { authorities: certificate }]) {
        const stranger = redfishDriver({ ...login(), ...trust });
        const shown = new RegExp(bmc.certificate.fingerprint.replace(/../g, "$&:").slice(0, -1), "i");
        await assert.rejects(stranger.powerStatus(), named("RedfishCertificateError", shown));
        await stranger.close();
      }
      assert.deepEqual(bmc.received, []);
    });

    it("refuses one that no authority vouches for, whatever the environment says", async () => {
      process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
      try {
        const trusting = redfishDriver(login());
        await assert.rejects(
          trusting.powerStatus(),
          named("RedfishCertificateError", /DEPTH_ZERO_SELF_SIGNED_CERT/),
        );
        await trusting.close();
      } finally {
        delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      }
    });

    it("refuses an authority's certificate for another name", async () => {
      const certificate = await selfSignedCertificate("127.85.2.99");
      await restart({ certificate });
      const other = redfishDriver({ ...login(), authorities: certificate.certificate });
      await assert.rejects(other.powerStatus(), named("RedfishCertificateError", /ALTNAME_INVALID/));
      await other.close();
    });
  });

  describe("power", () => {
    it("sends the reset type of each action", async () => {
      for (const action of ["on", "cycle", "reset", "diag", "soft", "on", "off"] as const)
        await driver.power(action);
      const types = bmc.received.flatMap(({ body }) => body["ResetType"] ?? []);
      assert.deepEqual(types, [
        "On",
        "PowerCycle",
        "ForceRestart",
        "Nmi",
        "GracefulShutdown",
        "On",
        "ForceOff",
      ]);
    });

    it("asks nothing of a machine that is on or off already", async () => {
      await driver.power("off");
      await driver.power("on");
      await driver.power("on");
      assert.equal(bmc.received.filter(({ body }) => "ResetType" in body).length, 1);
    });

    it("tells when a change may have been carried out though no answer came", async () => {
      const impatient = drive({ timeout: 300 });
      await impatient.powerStatus();
      bmc.intercept = ({ method }) => (method === "POST" ? "silence" : undefined);
      await assert.rejects(impatient.power("on"), (error: unknown) => {
        named("RedfishTimeoutError", /may have been carried out/)(error);
        return (error as { uncertain?: boolean }).uncertain === true;
      });
      bmc.intercept = () => undefined;
      await impatient.close();
    });
  });

  describe("boot override", () => {
    it("sets every device once and for good, and reads it back", async () => {
      for (const device of ["pxe", "disk", "cdrom", "bios"] as const) {
        for (const once of [true, false]) {
          for (const uefi of [true, false]) {
            const wanted = { device, once, uefi };
            assert.deepEqual(await driver.setBootOverride(wanted), wanted);
          }
        }
      }
      const none = await driver.setBootOverride({ device: "none", once: true, uefi: true });
      assert.equal(none.device, "none");
      assert.equal((bmc.document(SYSTEM)["Boot"] as Json)["BootSourceOverrideEnabled"], "Disabled");
    });

    it("reads once more when somebody else was quicker", async () => {
      let others = 1;
      bmc.intercept = ({ method }) => {
        if (method === "PATCH" && others-- > 0) bmc.document(SYSTEM)["AssetTag"] = `changed ${others}`;
        return undefined;
      };
      assert.equal((await driver.setBootOverride({ device: "pxe", once: true, uefi: true })).device, "pxe");
      assert.equal(bmc.asked("PATCH").length, 2);
      assert.equal(bmc.document(SYSTEM)["AssetTag"], "changed 0");
      others = 9;
      await assert.rejects(
        driver.setBootOverride({ device: "disk", once: true, uefi: true }),
        named("RedfishResponseError", /412.*PreconditionFailed/),
      );
    });

    it("sees that a BMC takes a device and does not hold it", async () => {
      bmc.intercept = ({ method }) => (method === "PATCH" ? { status: 204 } : undefined);
      await assert.rejects(
        driver.setBootOverride({ device: "pxe", once: true, uefi: true }),
        named("RedfishReadBackError", /set boot device pxe, read back none/),
      );
    });
  });

  describe("what it is and measures", () => {
    it("gives identity, parts and sensors", async () => {
      assert.deepEqual(await driver.identity(), {
        systemGuid: "38947555774234483784823347823834",
        firmware: "2.14.0",
        manufacturer: "Contoso",
        model: "GX-8",
      });
      const serials = (await driver.inventory()).map((item) => item.serialNumber);
      assert.deepEqual(serials, [
        "SYS-0001",
        undefined,
        "CH-0001",
        "PSU-0001",
        "CPU-0001",
        "CPU-0002",
        "MEM-0001",
      ]);
      assert.deepEqual(await driver.sensors(), [
        { name: "Inlet", type: "Temperature", value: 24.5, unit: "degrees C", health: "ok", states: [] },
        { name: "Fan 1", type: "Fan", value: 0, unit: "RPM", health: "critical", states: [] },
        { name: "Input", type: "Power", value: 812, unit: "Watts", health: "unknown", states: [] },
        {
          name: "Door",
          type: "Other",
          value: undefined,
          unit: undefined,
          health: "unknown",
          states: ["Standby offline"],
        },
        {
          name: "PSU 1",
          type: "Power Supply",
          value: undefined,
          unit: undefined,
          health: "warning",
          states: [],
        },
      ]);
    });

    it("asks for collections with their members where the BMC can, and gives the same", async () => {
      const before = [await driver.sensors(), await driver.inventory(), await driver.users()];
      const requests = bmc.received.length;
      await restart({ expand: true });
      assert.deepEqual([await driver.sensors(), await driver.inventory(), await driver.users()], before);
      assert.ok(bmc.received.length < requests - 8, `${bmc.received.length} instead of ${requests} requests`);
    });

    it("reads the older Thermal and Power where there is no Sensors collection", async () => {
      const link = (name: string) => ({ "@odata.id": `${CHASSIS}/${name}` });
      bmc.documents.set(CHASSIS, { Thermal: link("Thermal"), Power: link("Power") });
      bmc.documents.set(`${CHASSIS}/Thermal`, {
        Temperatures: [{ Name: "CPU 1", ReadingCelsius: 61, Status: { Health: "OK" } }],
        Fans: [
          { FanName: "Fan A", ReadingRPM: 5400 },
          { Name: "Fan B", Reading: 40, ReadingUnits: "Percent" },
        ],
      });
      bmc.documents.set(`${CHASSIS}/Power`, {
        Voltages: [{ Name: "12V", ReadingVolts: 12.1 }],
        PowerControl: [{ Name: "Whole", PowerConsumedWatts: 640 }],
        PowerSupplies: [{ MemberId: "0", Name: "PSU", Status: { State: "UnavailableOffline" } }],
      });
      assert.deepEqual(
        (await driver.sensors()).map((s) => [s.name, s.type, s.value, s.unit, ...s.states]),
        [
          ["CPU 1", "Temperature", 61, "degrees C"],
          ["Fan A", "Fan", 5400, "RPM"],
          ["Fan B", "Fan", 40, "percent"],
          ["12V", "Voltage", 12.1, "Volts"],
          ["Whole", "Power", 640, "Watts"],
          ["PSU", "Power Supply", undefined, undefined, "Unavailable offline"],
        ],
      );
    });

    it("asks which of several systems is meant", async () => {
      bmc.document("/redfish/v1/Systems")["Members"] = [SYSTEM, `${SYSTEM}b`].map((id) => ({
        "@odata.id": id,
      }));
      await assert.rejects(driver.powerStatus(), named("RedfishArgumentError", /one of: node-1, node-1b/));
      const chosen = drive({ system: "node-1" });
      assert.equal(await chosen.powerStatus(), "off");
      await chosen.close();
    });
  });

  describe("beside the client sushy", () => {
    it("sees the same machine, what the driver set, and what sushy sets", async () => {
      const { systemGuid, model } = await driver.identity();
      await driver.setBootOverride({ device: "bios", once: false, uefi: false });
      await driver.power("on");
      const seen = await askSushy(
        { ...login(), certificate: bmc.certificate.certificate },
        `[system.uuid.replace("-", ""), system.model, root.get_chassis().serial_number, system.power_state.value,
          *[v.value for v in (system.boot.target, system.boot.enabled, system.boot.mode)],
          system.set_system_boot_options(target=sushy.BootSource.PXE,
            enabled=sushy.BootSourceOverrideEnabled.ONCE, mode=sushy.BootSourceOverrideMode.UEFI)]`,
      );
      const set = ["On", "BiosSetup", "Continuous", "Legacy", null];
      assert.deepEqual(seen, [systemGuid, model, "CH-0001", ...set]);
      assert.deepEqual(await driver.bootOverride(), { device: "pxe", once: true, uefi: true });
    });
  });

  describe("event log", () => {
    it("reads all pages, oldest first, and clears", async () => {
      const events = await driver.eventLog();
      assert.deepEqual(
        events.map(({ id }) => Number(id)),
        Array.from({ length: 25 }, (_, n) => n + 1),
      );
      assert.equal(events[0]?.at, undefined, "before the clock was set");
      assert.deepEqual(events[9], {
        id: "10",
        at: "2026-01-01T00:10:00.000Z",
        source: "Temperature",
        description: "event 10",
        health: "critical",
      });
      assert.equal(bmc.asked("GET").filter((r) => r.includes(ENTRIES)).length, 3);
      await driver.clearEventLog();
      assert.deepEqual(await driver.eventLog(), []);
    });

    it("ends with an error where a log has no end", async () => {
      bmc.intercept = ({ url }) =>
        url.startsWith(ENTRIES)
          ? { status: 200, body: { Members: [], "Members@odata.nextLink": `${ENTRIES}?$skip=10` } }
          : undefined;
      await assert.rejects(driver.eventLog(), named("RedfishMalformedReplyError", /without end/));
      let page = 0;
      bmc.intercept = ({ url }) =>
        url.startsWith(ENTRIES)
          ? { status: 200, body: { Members: [], "Members@odata.nextLink": `${ENTRIES}?$skip=${page++}` } }
          : undefined;
      await assert.rejects(driver.eventLog(), named("RedfishMalformedReplyError", /without end/));
    });

    it("says when a BMC keeps none", async () => {
      bmc.documents.set(MANAGER, { FirmwareVersion: "1" });
      await assert.rejects(driver.eventLog(), named("RedfishUnsupportedError", /no log/));
    });
  });

  describe("users", () => {
    for (const slots of [false, true]) {
      it(`creates, changes and deletes one${slots ? " on a BMC with a fixed number of accounts" : ""}`, async () => {
        await restart({ slots });
        if (slots) bmc.documents.set(`${ACCOUNTS}/9`, { UserName: "", RoleId: "None", Enabled: false });
        if (slots) (bmc.document(ACCOUNTS)["Members"] as Json[]).push({ "@odata.id": `${ACCOUNTS}/9` });
        const user = { name: "ta", password: "first-password", privilege: "operator" as const };
        const made = await driver.createUser(user);
        assert.deepEqual(made, { id: slots ? "9" : "4", name: "ta", privilege: "operator", enabled: true });
        await driver.setPassword("ta", "second-password");
        await driver.setPrivilege("ta", "user");
        const login = drive({ user: "ta", password: "second-password" });
        assert.equal(await login.powerStatus(), "off");
        await assert.rejects(login.power("on"), named("RedfishPrivilegeError", /role of this user/));
        await login.close();
        await driver.setEnabled("ta", false);
        assert.deepEqual(
          (await driver.users()).map((u) => `${u.name} ${u.privilege} ${u.enabled}`),
          ["lectern administrator true", "watch user true", "ta user false"],
        );
        await driver.deleteUser("ta");
        assert.deepEqual(
          (await driver.users()).map((u) => u.name),
          ["lectern", "watch"],
        );
      });
    }

    it("goes on after its own password was changed", async () => {
      await driver.setPassword(USER.name, "a-new-password");
      bmc.sessions.clear();
      assert.equal((await driver.users()).length, 2);
    });

    it("keeps the last administrator", async () => {
      const last = named("RedfishArgumentError", /last administrator/);
      await assert.rejects(driver.deleteUser(USER.name), last);
      await assert.rejects(driver.setEnabled(USER.name, false), last);
      await assert.rejects(driver.setPrivilege(USER.name, "operator"), last);
      assert.deepEqual([...bmc.asked("PATCH"), ...bmc.asked("DELETE")], []);
    });

    it("names a user that is there, one that is not, and a BMC without a free slot", async () => {
      const again = { name: "watch", password: "password-1", privilege: "user" as const };
      await assert.rejects(driver.createUser(again), named("RedfishArgumentError", /is there/));
      await assert.rejects(
        driver.deleteUser("nobody"),
        named("RedfishArgumentError", /one of: lectern, watch/),
      );
      await restart({ slots: true });
      await assert.rejects(
        driver.createUser({ ...again, name: "more" }),
        named("RedfishUnsupportedError", /no free slot/),
      );
    });

    it("hides a password that the BMC quotes", async () => {
      await assert.rejects(driver.setPassword("watch", "5h0rt"), (error: unknown) => {
        named(
          "RedfishResponseError",
          /400 \(Base\.1\.18\.PropertyValueFormatError: The value \(hidden\)/,
        )(error);
        assert.ok(!inspect(error).includes("5h0rt"));
        return true;
      });
    });
  });

  describe("answers", () => {
    it("asks a busy BMC again, as late as it wants, and no more often than it was told", async () => {
      let busy = 2;
      bmc.intercept = ({ url }) =>
        url === SYSTEM && busy-- > 0 ? { status: 503, headers: { "Retry-After": "7" } } : undefined;
      assert.equal(await driver.powerStatus(), "off");
      assert.deepEqual(waits, [7000, 7000]);
      busy = 99;
      await assert.rejects(driver.powerStatus(), named("RedfishResponseError", /503 \(busy\)/));
      assert.equal(waits.length, 5);
    });

    it("does not repeat a change", async () => {
      bmc.intercept = ({ url }) => (url.includes("Actions") ? { status: 503 } : undefined);
      await assert.rejects(driver.power("on"), named("RedfishResponseError", /503/));
      assert.equal(bmc.asked("POST").filter((r) => r.includes("Actions")).length, 1);
      assert.deepEqual(waits, []);
    });

    it("asks again where the BMC closes a connection that was kept, and tells of one that was not", async () => {
      await driver.powerStatus();
      let cuts = 1;
      bmc.intercept = () => (cuts-- > 0 ? "cut" : undefined);
      assert.equal(await driver.powerStatus(), "off");
      cuts = 99;
      await assert.rejects(driver.powerStatus(), named("RedfishTimeoutError", /ECONNRESET/));
      const asked = bmc.received.length;
      const fresh = drive();
      await assert.rejects(fresh.powerStatus(), named("RedfishTimeoutError", /ECONNRESET/));
      assert.equal(bmc.received.length, asked + 1);
      await fresh.close();
    });

    it("follows a redirection at the same BMC only", async () => {
      const moved = (to: string) => {
        bmc.intercept = ({ url }) =>
          url === SYSTEM ? { status: 308, headers: { Location: to } } : undefined;
      };
      moved(`${SYSTEM}?moved`);
      assert.equal(await driver.powerStatus(), "off");
      for (const away of [
        "https://127.85.2.2/redfish/v1/Systems/1",
        "http://127.85.2.1/redfish/v1/",
        "/elsewhere",
        "",
      ]) {
        moved(away);
        await assert.rejects(
          driver.powerStatus(),
          named("RedfishMalformedReplyError", /which is not its own/),
        );
      }
      moved(SYSTEM);
      await assert.rejects(driver.powerStatus(), named("RedfishResponseError", /308/));
    });

    it("asks the BMC itself, whatever host its links name", async () => {
      const abroad = { "@odata.id": `https://127.85.2.2${SYSTEM}` };
      bmc.document("/redfish/v1/Systems")["Members"] = [abroad];
      assert.equal(await driver.powerStatus(), "off");
    });

    it("refuses an answer without end, half an answer, and one that is no JSON", async () => {
      const answer = (body: unknown, headers: Record<string, string> = {}) => {
        bmc.intercept = ({ url }) => (url === SYSTEM ? { status: 200, body, headers } : undefined);
      };
      const impatient = drive({ timeout: 300 });
      answer("{", { "Content-Length": "100" });
      await assert.rejects(impatient.powerStatus(), named("RedfishTimeoutError", /300 ms/));
      await impatient.close();
      answer("x".repeat(17 * 2 ** 20));
      await assert.rejects(driver.powerStatus(), named("RedfishMalformedReplyError", /longer than/));
      for (const body of ["", "{", "[]", "null", "<html>"]) {
        answer(body);
        await assert.rejects(driver.powerStatus(), named("RedfishMalformedReplyError", /no JSON object/));
      }
    });

    it("are printable, whatever the BMC writes", async () => {
      bmc.document(SYSTEM)["Model"] = "GX\u001b[2J\u202e-8\n";
      assert.equal((await driver.identity()).model, "GX [2J -8 ");
      bmc.intercept = ({ url }) =>
        url === SYSTEM ? refusal(500, "A.1.B", "\u001b]0;owned\u0007") : undefined;
      await assert.rejects(driver.powerStatus(), (error: Error) => !/\p{Cc}/u.test(error.message));
    });

    it("of any shape yield a value or a typed error", async () => {
      const calls: ((d: BmcDriver) => Promise<unknown>)[] = [
        (d) => d.identity(),
        (d) => d.powerStatus(),
        (d) => d.power("cycle"),
        (d) => d.bootOverride(),
        (d) => d.setBootOverride({ device: "pxe", once: true, uefi: false }),
        (d) => d.inventory(),
        (d) => d.sensors(),
        (d) => d.eventLog(),
        (d) => d.clearEventLog(),
        (d) => d.users(),
        (d) => d.setEnabled("watch", true),
      ];
      const paths = [...bmc.documents.keys()].filter((path) => path !== `${ACCOUNTS}/2`);
      const odd = fc.oneof(
        fc.jsonValue({ maxDepth: 3 }),
        fc.constantFrom("__proto__", "constructor", "/redfish/v1/", "https://[", -1, 1e308, {
          "@odata.id": 7,
        }),
      );
      const change = fc.record({
        path: fc.constantFrom(...paths),
        at: fc.nat(),
        value: odd,
        call: fc.constantFrom(...calls),
      });
      let understood = 0;
      await fc.assert(
        fc.asyncProperty(change, async ({ path, at, value, call }) => {
          const whole = bmc.document(path);
          const names = Object.keys(whole);
          const name = names[at % names.length] as string;
          bmc.documents.set(path, { ...whole, [name]: value });
          const fresh = drive({ retries: 0 });
          try {
            await call(fresh);
            understood += 1;
          } catch (error) {
            assert.ok(error instanceof RedfishError, inspect(error));
          } finally {
            await fresh.close();
            bmc.documents.set(path, whole);
          }
        }),
        { numRuns: 150 },
      );
      assert.ok(understood > 40, `only ${understood} understood`);
    });
  });
});
