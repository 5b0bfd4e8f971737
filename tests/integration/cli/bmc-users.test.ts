import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../../../base/wait";
import type { ErrorData } from "../../../cli/bmc/outcomes";
import { lectern, TerminalSession } from "../../fixtures/lectern";
import { type SimulatedBmc, startIpmiSim } from "../../fixtures/ipmi/ipmi-sim";
import { type Scratch, scratchFolder } from "../../fixtures/scratch";

const HOST = "127.89.1.1";

describe("lectern bmc users, with logins and ipmitool as oracles", function () {
  this.timeout(60_000);
  let bmc: SimulatedBmc;
  let scratch: Scratch;
  let terminal: TerminalSession | undefined;

  const passwordFile = (name: string, password: string): string => {
    const file = join(scratch.dir, name);
    writeFileSync(file, password, { mode: 0o600 });
    return file;
  };
  const loginOf = (user: string, file: string) => [
    "-u",
    user,
    "--password-file",
    file,
    "--cipher-suite",
    "3",
  ];
  const administrator = () => loginOf(bmc.user, passwordFile("administrator", bmc.password));
  const users = (...words: string[]) => lectern(["bmc", "users", ...words, ...administrator()]);
  const good = async (...words: string[]): Promise<string> => {
    const { status, stdout, stderr } = await users(...words);
    assert.deepEqual([status, stderr], [0, ""]);
    return stdout;
  };
  /** Status of a login as ada with the password of this file, and the type of its error. */
  const login = async (file: string) => {
    const words = ["bmc", "status", HOST, ...loginOf("ada", join(scratch.dir, file)), "--json"];
    const { status, stdout } = await lectern(words);
    const { hosts } = JSON.parse(stdout) as { hosts: { error?: ErrorData }[] };
    return [status, hosts[0]?.error?.type];
  };
  const row = async (user: string) =>
    new RegExp(`^\\d+ +${user} +.*$`, "m").exec(await bmc.ipmitool("user", "list", "1"))?.[0];

  before(async () => {
    scratch = scratchFolder("bmc-users");
    bmc = await startIpmiSim(HOST);
    await good("add", HOST, "ada", "user", "--new-password-file", passwordFile("first", "S3cret-of-ada"));
  });
  afterEach(() => terminal?.kill());
  after(async () => {
    await bmc?.stop();
    scratch.remove();
  });

  it("gives a user another password: only that one is good for a login, and neither is shown", async () => {
    assert.deepEqual(await login("first"), [0, undefined]);
    const file = passwordFile("second", "Anoth3r-of-ada");
    const shown = await good("password", HOST, "ada", "--new-password-file", file);
    assert.equal(shown, "HOST        USER  CHANGE\n127.89.1.1  ada   new password\n");
    assert.deepEqual(await login("second"), [0, undefined]);
    assert.deepEqual(await login("first"), [1, "IpmiAuthenticationError"]);
  });

  it("disables a user, who cannot log in then, and enables it again", async () => {
    assert.equal(
      await good("disable", HOST, "ada"),
      "HOST        USER  CHANGE\n127.89.1.1  ada   disabled\n",
    );
    assert.equal((await login("second"))[0], 1);
    assert.equal(await good("enable", HOST, "ada"), "HOST        USER  CHANGE\n127.89.1.1  ada   enabled\n");
    assert.deepEqual(await login("second"), [0, undefined]);
  });

  const AGAINST_LAST = [["delete"], ["disable"], ["privilege", "operator"]] as const;
  for (const [verb, ...words] of AGAINST_LAST) {
    it(`does not ${verb} the last administrator, nor with --force unless it is agreed to`, async () => {
      const before = await bmc.ipmitool("user", "list", "1");
      const refused = await users(verb, HOST, "lectern", ...words, "--yes", "--json");
      assert.equal(refused.status, 1);
      const { hosts } = JSON.parse(refused.stdout) as { hosts: { error: ErrorData }[] };
      assert.equal(hosts[0]?.error.type, "IpmiUnsafeError");
      assert.match(hosts[0]?.error.problem ?? "", /last administrator/);
      const unasked = await users(verb, HOST, "lectern", ...words, "--force");
      assert.equal(unasked.status, 2);
      assert.match(
        unasked.stderr,
        /user lectern .*on 1 BMC, even as the last administrator: 127\.89\.1\.1: .*--yes/,
      );
      assert.equal(await bmc.ipmitool("user", "list", "1"), before);
    });
  }

  it("takes no for an answer when the last administrator is at stake", async () => {
    const words = ["lectern bmc users disable", HOST, "lectern --force", ...administrator()];
    terminal = new TerminalSession(words.join(" "));
    const question =
      /Disable user lectern on 1 BMC, even as the last administrator: 127\.89\.1\.1\? \[y\/N\]/;
    await waitFor("the question", () => question.exec(terminal?.screen ?? "") ?? undefined, {
      timeout: 20_000,
    });
    terminal.type("n\r");
    assert.equal(await terminal.ended(), 2);
    assert.match((await row("lectern")) ?? "", /ADMINISTRATOR$/);
  });

  it("does it to the last administrator with --force and --yes", async () => {
    await good("privilege", HOST, "lectern", "operator", "--force", "--yes");
    assert.match((await row("lectern")) ?? "", /OPERATOR$/);
    await good("privilege", HOST, "lectern", "administrator");
    await good("delete", HOST, "lectern", "--force", "--yes");
    const { status, stderr } = await users("list", HOST);
    assert.equal(status, 1);
    assert.match(stderr, /127\.89\.1\.1: RAKP message \d: .*check: the user's name/);
  });
});
