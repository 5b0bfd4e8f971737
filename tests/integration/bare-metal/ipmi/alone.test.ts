import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type SimulatedBmc, startIpmiSim } from "../../../fixtures/ipmi/ipmi-sim";

const run = promisify(execFile);
const SOURCE = join(__dirname, "../../../../bare-metal/ipmi");
const REGISTER = require.resolve("../../../../base/register.js");

const PROGRAM = `
import { createIpmi, type IpmiUser } from "./ipmi";
const [host = "", user = ""] = process.argv.slice(2);
const options = { cipherSuite: 3, privilege: "administrator" } as const;
const ipmi = createIpmi(host, user, process.env["LECTERN_TEST_PASSWORD"] ?? "", options);
ipmi.chassisStatus((error, status) => {
  if (error) throw error;
  ipmi.users.find(user, (error, found?: IpmiUser) => {
    if (error) throw error;
    ipmi.sensors.list((error, sensors) => {
      if (error) throw error;
      console.log(JSON.stringify({ power: status?.power, id: found?.id, sensors: (sensors ?? []).length > 0 }));
      ipmi.close();
    });
  });
});
`;

describe("the IPMI client on its own", function () {
  this.timeout(60_000);
  let bmc: SimulatedBmc;
  let dir: string;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), "ipmi-alone-"));
    bmc = await startIpmiSim("127.83.1.7");
  });
  after(async () => {
    await bmc?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it("works from a folder that holds nothing else, with callbacks alone", async () => {
    cpSync(SOURCE, join(dir, "ipmi"), { recursive: true });
    writeFileSync(join(dir, "program.ts"), PROGRAM);
    const env = { ...process.env, LECTERN_TEST_PASSWORD: bmc.password };
    const argv = ["-r", REGISTER, join(dir, "program.ts"), bmc.host, bmc.user];
    const { stdout } = await run(process.execPath, argv, { cwd: dir, env, timeout: 30_000 });
    assert.deepEqual(JSON.parse(stdout), { power: "off", id: 2, sensors: true });
  });
});
