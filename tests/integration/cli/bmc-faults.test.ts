import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ErrorData } from "../../../cli/bmc/outcomes";
import { lectern } from "../../fixtures/lectern";
import { type GoBmc, startGoBmc } from "../../fixtures/ipmi/goipmi-server";
import { type SimulatedBmc, startIpmiSim } from "../../fixtures/ipmi/ipmi-sim";
import { type LightBmc, startLightBmc } from "../../fixtures/ipmi/light-bmc";
import { answerCommand } from "../../fixtures/ipmi/light-bmc/commands";
import { type Scratch, scratchFolder } from "../../fixtures/scratch";

/** What is typed, and what is to come of it. */
interface Case {
  readonly title: string;
  readonly words: () => readonly string[];
  readonly status: number;
  /** In the error as data; `bmc` too. */
  readonly expected: () => Partial<ErrorData>;
  /** In its `problem` and `check`. */
  readonly problem: RegExp;
  readonly check: RegExp;
}

const PASSWORD = "S3cret-of-light-16";
const VIEWER = "S3cret-of-viewer";
const WRONG = "S3cret-that-is-not";

describe("lectern bmc, when something is wrong", function () {
  this.timeout(60_000);
  let scratch: Scratch;
  let sim: SimulatedBmc;
  let go: GoBmc;
  let full: LightBmc;
  let lying: LightBmc;
  const secrets: string[] = [];

  const passwordFile = (password: string): string => {
    secrets.push(password);
    const file = join(scratch.dir, `password-${secrets.length}`);
    writeFileSync(file, password, { mode: 0o600 });
    return file;
  };
  const login = (user: string, password: string, port: number, suite: 17 | 3): string[] => {
    const who = ["-u", user, "--password-file", passwordFile(password)];
    return [...who, "--port", String(port), "--cipher-suite", String(suite)];
  };
  const atSim = (user = "lectern", password = sim.password) => [
    sim.host,
    ...login(user, password, sim.port, 3),
  ];
  const atGo = (password = go.password, suite: 17 | 3 = 17) => [
    go.host,
    ...login(go.user, password, go.port, suite),
  ];
  const atLight = ({ host, port, user }: LightBmc) => [host, ...login(user, PASSWORD, port, 17)];

  before(async () => {
    scratch = scratchFolder("bmc-faults");
    const none = () => Buffer.from([0x00]);
    sim = await startIpmiSim("127.86.4.1");
    go = await startGoBmc();
    const viewer = ["users", "add", ...atGo(), "viewer", "user", "--new-password-file", passwordFile(VIEWER)];
    const { status, stderr } = await lectern(["bmc", ...viewer]);
    assert.equal(status, 0, stderr);
    full = await startLightBmc("127.86.4.2", { password: PASSWORD, slots: 0 });
    lying = await startLightBmc("127.86.4.3", {
      password: PASSWORD,
      // Says that all is well, and leaves the chassis' status out.
      command: (request, machine) =>
        request.netFn === 0x00 && request.code === 0x01 ? none() : answerCommand(request, machine),
    });
  });
  after(async () => {
    await Promise.all([sim, go].map((bmc) => bmc?.stop()));
    await Promise.all([full, lying].map((bmc) => bmc?.close()));
    scratch.remove();
  });

  const cases: Case[] = [
    {
      title: "an address without a BMC",
      words: () => ["status", "127.86.4.250", ...login("lectern", PASSWORD, 623, 17), "--timeout", "500ms"],
      status: 3,
      expected: () => ({ type: "IpmiUnreachableError", bmc: "127.86.4.250:623" }),
      problem: /no answer/,
      check: /address and port of the BMC, its cable and VLAN/,
    },
    {
      title: "a wrong password (ipmi_sim)",
      words: () => ["status", ...atSim("lectern", WRONG)],
      status: 1,
      expected: () => ({ type: "IpmiAuthenticationError", bmc: "127.86.4.1:623", command: "RAKP message 2" }),
      problem: /./,
      check: /the password/,
    },
    {
      title: "a wrong password (goipmi-server)",
      words: () => ["status", ...atGo(WRONG)],
      status: 1,
      expected: () => ({ type: "IpmiAuthenticationError", bmc: `127.0.0.1:${go.port}` }),
      problem: /./,
      check: /the password/,
    },
    {
      title: "a user that is not there",
      words: () => ["status", ...atSim("nobody")],
      status: 1,
      expected: () => ({ type: "IpmiAuthenticationError", bmc: "127.86.4.1:623" }),
      problem: /name/,
      check: /the user's name/,
    },
    {
      title: "a user without the privilege",
      words: () => ["power", "on", go.host, ...login("viewer", VIEWER, go.port, 17)],
      status: 1,
      expected: () => ({ type: "IpmiPrivilegeError", bmc: `127.0.0.1:${go.port}` }),
      problem: /./,
      check: /privilege/,
    },
    {
      title: "a session without the privilege",
      words: () => ["power", "on", ...atSim(), "--session-privilege", "user"],
      status: 1,
      expected: () => ({ type: "IpmiPrivilegeError", command: "Chassis Control (on)" }),
      problem: /completion code 0xd4 \(insufficient privilege level/,
      check: /the user's privilege limit on the BMC/,
    },
    {
      title: "a BMC out of sessions",
      words: () => ["status", ...atLight(full)],
      status: 1,
      expected: () => ({ type: "IpmiOutOfSessionsError", bmc: `127.86.4.2:${full.port}` }),
      problem: /insufficient resources/,
      check: /who holds sessions on this BMC/,
    },
    {
      title: "a command that the BMC lacks (ipmi_sim)",
      words: () => ["raw", ...atSim(), "0x00", "0x07"],
      status: 1,
      expected: () => ({ type: "IpmiCompletionError", command: "raw 0x00 0x07", completionCode: 0xc1 }),
      problem: /completion code 0xc1 \(invalid command\)/,
      check: /whether this BMC supports the command/,
    },
    {
      title: "DCMI on a BMC that lacks it (goipmi-server)",
      words: () => ["dcmi", "power", ...atGo()],
      status: 1,
      expected: () => ({ type: "IpmiCompletionError", command: "Get Power Reading", completionCode: 0xc1 }),
      problem: /completion code 0xc1 \(invalid command\)/,
      check: /whether this BMC supports the command/,
    },
    {
      title: "firmware that lies about lengths",
      words: () => ["status", ...atLight(lying)],
      status: 1,
      expected: () => ({ type: "IpmiMalformedReplyError", command: "Get Chassis Status" }),
      problem: /malformed answer/,
      check: /the BMC's firmware for an update/,
    },
    {
      title: "firmware that answers too little (ipmi_sim's own watchdog)",
      words: () => ["watchdog", ...atSim()],
      status: 1,
      expected: () => ({ type: "IpmiMalformedReplyError", command: "Get Watchdog Timer" }),
      problem: /too short: 6 bytes, 8 needed at least/,
      check: /the BMC's firmware for an update/,
    },
    {
      title: "a cipher suite that the BMC lacks",
      words: () => ["status", ...atGo(go.password, 3)],
      status: 1,
      expected: () => ({ type: "IpmiCipherSuiteError" }),
      problem: /cipher suite 3 refused/,
      check: /cipher suites enabled on the BMC/,
    },
  ];

  for (const { title, words, status, expected, problem, check } of cases) {
    it(`tells ${title} to a person and to a program alike`, async () => {
      const typed = words();
      const [person, program] = [
        await lectern(["bmc", ...typed]),
        await lectern(["bmc", ...typed, "--json"]),
      ];
      assert.deepEqual([person.status, program.status], [status, status], person.stderr);
      assert.deepEqual([person.stdout, program.stderr], ["", ""]);
      const { hosts } = JSON.parse(program.stdout) as { hosts: { host: string; error: ErrorData }[] };
      const error = hosts[0]?.error as ErrorData;
      for (const [key, value] of Object.entries(expected()))
        assert.equal(error[key as keyof ErrorData], value);
      assert.match(error.problem, problem);
      assert.match(error.check ?? "", check);
      const reason = `${hosts[0]?.host}: ${error.command}: ${error.problem}; check: ${error.check}`;
      assert.equal(person.stderr, `1 of 1 failed:\n  ${reason}\n`);
      for (const text of [person.stderr, program.stdout]) {
        for (const secret of secrets) assert.ok(!text.includes(secret));
      }
    });
  }

  it("tells a pattern that cannot be meant at once, before any host is asked", async () => {
    const words = ["bmc", "status", "gpu[1-99999999]", ...login("lectern", PASSWORD, 623, 17)];
    const person = await lectern(words);
    assert.deepEqual([person.status, person.stdout], [2, ""]);
    assert.match(
      person.stderr,
      /names 99999999 hosts, more than 100000; check: the last number of each range/,
    );
    const program = await lectern([...words, "--json"]);
    assert.equal(program.status, 2);
    const { hosts, error } = JSON.parse(program.stdout) as { hosts: unknown[]; error: ErrorData };
    assert.deepEqual([hosts.length, error.type], [0, "HostPatternError"]);
  });

  it("asks the others, and puts failures with the same reason together", async () => {
    const words = ["status", "127.86.4.[1,240-242]", ...atSim().slice(1), "--timeout", "500ms"];
    const { status, stdout, stderr } = await lectern(["bmc", ...words]);
    assert.equal(status, 1);
    assert.match(stdout, /^127\.86\.4\.1 +o(n|ff)$/m);
    assert.match(stderr, /^3 of 4 failed:\n {2}127\.86\.4\.\[240-242\]: Open Session: no answer/);
  });
});
