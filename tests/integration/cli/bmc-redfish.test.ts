import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ErrorData } from "../../../cli/bmc/outcomes";
import { lectern } from "../../fixtures/lectern";
import { SYSTEM, USER } from "../../fixtures/redfish/documents";
import { RedfishEmulator } from "../../fixtures/redfish/emulator";
import { type Scratch, scratchFolder } from "../../fixtures/scratch";

describe("lectern bmc over Redfish", function () {
  this.timeout(60_000);
  let bmc: RedfishEmulator;
  let scratch: Scratch;
  const over = async (words: readonly string[], certificate = bmc.certificate.fingerprint) => {
    const who = [
      "-u",
      USER.name,
      "--password-file",
      join(scratch.dir, "password"),
      "--port",
      String(bmc.port),
    ];
    return lectern(["bmc", ...words, ...who, "--protocol", "redfish", "--certificate", certificate]);
  };
  const errorOf = (stdout: string) =>
    (JSON.parse(stdout) as { hosts: { error: ErrorData }[] }).hosts[0]?.error;

  before(async () => {
    scratch = scratchFolder("bmc-redfish");
    writeFileSync(join(scratch.dir, "password"), USER.password, { mode: 0o600 });
    bmc = await RedfishEmulator.start("127.86.6.1");
  });
  after(async () => {
    await bmc?.stop();
    scratch.remove();
  });

  it("switches power as over IPMI, and leaves no session", async () => {
    assert.equal((await over(["status", bmc.host])).stdout, "HOST        POWER\n127.86.6.1  off\n");
    const { status, stderr } = await over(["power", "on", bmc.host]);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.equal(bmc.document(SYSTEM)["PowerState"], "On");
    assert.equal((await over(["status", bmc.host])).stdout, "HOST        POWER\n127.86.6.1  on\n");
    assert.equal(bmc.sessions.size, 0);
  });

  it("reads sensors, parts, log and users in the same form", async () => {
    for (const [verb, head] of [
      ["sensors", /^HOST +SENSOR +TYPE +READING +HEALTH +STATES\n127/],
      ["fru", /^HOST +PART +MANUFACTURER +PRODUCT +PART NUMBER +SERIAL NUMBER\n127/],
      ["sel", /^HOST +ID +TIME +SOURCE +EVENT +HEALTH\n127/],
      ["users", /^HOST +ID +NAME +PRIVILEGE +ENABLED\n127/],
    ] as const) {
      const { status, stdout, stderr } = await over([verb, bmc.host]);
      assert.deepEqual([status, stderr], [0, ""], verb);
      assert.match(stdout, head);
    }
  });

  it("sends nothing to a BMC with another certificate than the one that was given", async () => {
    const before = bmc.received.length;
    const { status, stdout } = await over(["status", bmc.host, "--json"], "ab".repeat(32));
    assert.equal(status, 1);
    assert.equal(errorOf(stdout)?.type, "RedfishCertificateError");
    assert.equal(bmc.received.length, before);
  });

  it("says what only IPMI has", async () => {
    const { status, stdout } = await over(["identify", bmc.host, "--json"]);
    assert.equal(status, 1);
    assert.deepEqual(errorOf(stdout), {
      type: "UnsupportedVerbError",
      bmc: `127.86.6.1:${bmc.port}`,
      command: "identify",
      problem: "there is no such thing over Redfish",
      check: "whether this BMC speaks IPMI too",
    });
  });

  it("takes the last administrator's privilege with --force alone", async () => {
    const words = ["users", "privilege", bmc.host, USER.name, "operator", "--yes"];
    const refused = await over([...words, "--json"]);
    assert.equal(refused.status, 1);
    assert.match(errorOf(refused.stdout)?.problem ?? "", /last administrator/);
    const { status, stdout, stderr } = await over([...words, "--force"]);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^127\.86\.6\.1 +lectern +operator$/m);
  });
});
