import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../../../base/wait";
import { lectern, TerminalSession } from "../../fixtures/lectern";
import { type SimulatedBmc, startIpmiSim } from "../../fixtures/ipmi/ipmi-sim";
import { type SerialConsole, startSerialConsole } from "../../fixtures/ipmi/serial-console";
import { type Scratch, scratchFolder } from "../../fixtures/scratch";

/** A console, with the terminal's settings before and after it, each in brackets. */
const consoleLine = (words: string) =>
  `echo "[$(stty -g)]"; lectern bmc sol ${words}; status=$?; echo "[$(stty -g)]"; exit $status`;

describe("lectern bmc at a terminal", function () {
  this.timeout(60_000);
  let bmc: SimulatedBmc;
  let serial: SerialConsole;
  let scratch: Scratch;
  let terminal: TerminalSession | undefined;
  let passwordFile: string;

  const seen = (what: RegExp) =>
    waitFor(`the terminal shows ${what}`, () => what.exec(terminal?.screen ?? "") ?? undefined, {
      timeout: 20_000,
    });
  const login = () => `-u lectern --cipher-suite 3 --password-file ${passwordFile}`;

  before(async () => {
    scratch = scratchFolder("bmc-terminal");
    serial = await startSerialConsole();
    bmc = await startIpmiSim("127.86.5.1", 623, "repository", { global: `sol "${serial.device}" 115200` });
    passwordFile = join(scratch.dir, "password");
    writeFileSync(passwordFile, bmc.password, { mode: 0o600 });
  });
  afterEach(() => terminal?.kill());
  after(async () => {
    await bmc?.stop();
    await serial?.stop();
    scratch.remove();
  });

  it("asks for the password, and does not show it", async () => {
    terminal = new TerminalSession("lectern bmc status 127.86.5.1 -u lectern --cipher-suite 3");
    await seen(/Password of the BMCs: /);
    terminal.type(`wrong\x15${bmc.password}x\x7f\r`);
    assert.equal(await terminal.ended(), 0, terminal.screen);
    assert.match(terminal.screen, /127\.86\.5\.1/);
    assert.ok(!terminal.screen.includes(bmc.password));
  });

  it("asks before it takes something away, and takes no for an answer", async () => {
    terminal = new TerminalSession(`lectern bmc sel clear 127.86.5.1 ${login()}`);
    await seen(/Clear the event log of 1 BMC: 127\.86\.5\.1\? \[y\/N\]/);
    terminal.type("n\r");
    assert.equal(await terminal.ended(), 2);
    assert.match(terminal.screen, /nothing was done/);
  });

  it("does it when told yes", async () => {
    terminal = new TerminalSession(`lectern bmc sel clear 127.86.5.1 ${login()}`);
    await seen(/\[y\/N\]/);
    terminal.type("y\r");
    assert.equal(await terminal.ended(), 0);
    assert.match(terminal.screen, /cleared/);
  });

  it("shows rows of a big fleet as they arrive, under a line that counts", async () => {
    terminal = new TerminalSession(`lectern bmc status 127.86.5.[1-40] --timeout 5s ${login()}`);
    await seen(/1 of 40/);
    assert.match(terminal.screen, /HOST.*POWER[^]*127\.86\.5\.1 +.*off/);
    assert.doesNotMatch(terminal.screen, /39 of 40 failed/);
    process.kill(terminal.pid ?? 0, "SIGINT");
    assert.equal(await terminal.ended(), 130);
  });

  it("carries the serial console both ways, until ~. is typed, and gives the terminal back", async () => {
    terminal = new TerminalSession(consoleLine(`127.86.5.1 ${login()}`));
    await seen(/\[console of 127\.86\.5\.1; ~\. ends it/);
    serial.say("login at your own risk");
    await seen(/login at your own risk/);
    terminal.type("root\r");
    await waitFor(
      "the machine hears it",
      async () => ((await serial.heard()).includes("root") ? true : undefined),
      { timeout: 20_000 },
    );
    terminal.type("~.");
    assert.equal(await terminal.ended(), 0, terminal.screen);
    assert.ok(settingsAreBack(terminal.screen), terminal.screen);
    assert.match(await bmc.ipmitool("session", "info", "active"), /active sessions\s*: 1\b/);
  });

  it("gives the terminal back, and leaves no session, when it is told to end", async () => {
    terminal = new TerminalSession(consoleLine(`127.86.5.1 ${login()}`));
    await seen(/\[console of/);
    process.kill(terminal.pid ?? 0, "SIGTERM");
    assert.equal(await terminal.ended(), 130);
    assert.ok(settingsAreBack(terminal.screen), terminal.screen);
    assert.match(await bmc.ipmitool("session", "info", "active"), /active sessions\s*: 1\b/);
  });
});

describe("lectern bmc sol, when the console is taken away", function () {
  this.timeout(60_000);
  const host = "127.89.5.1";
  let bmc: SimulatedBmc;
  let isGone = false;
  let serial: SerialConsole;
  let scratch: Scratch;
  let login: string;
  const terminals: TerminalSession[] = [];

  const open = async (...options: string[]): Promise<TerminalSession> => {
    const terminal = new TerminalSession(consoleLine([host, login, ...options].join(" ")));
    terminals.push(terminal);
    await shows(terminal, "[console of 127.89.5.1; ~. ends it");
    return terminal;
  };
  const shows = (terminal: TerminalSession, text: string) =>
    waitFor(`a terminal shows ${text}`, () => terminal.screen.includes(text) || undefined, {
      timeout: 20_000,
    });
  const endsWith = async (terminal: TerminalSession, reason: RegExp) => {
    assert.equal(await terminal.ended(), 1, terminal.screen);
    assert.match(terminal.screen, reason);
    assert.ok(settingsAreBack(terminal.screen), terminal.screen);
  };

  before(async () => {
    scratch = scratchFolder("bmc-console");
    serial = await startSerialConsole();
    bmc = await startIpmiSim(host, 623, "repository", { global: `sol "${serial.device}" 115200` });
    const passwordFile = join(scratch.dir, "password");
    writeFileSync(passwordFile, bmc.password, { mode: 0o600 });
    login = `-u lectern --cipher-suite 3 --password-file ${passwordFile}`;
  });
  afterEach(() => terminals.splice(0).forEach((terminal) => terminal.kill()));
  after(async () => {
    if (!isGone) await bmc?.stop();
    await serial?.stop();
    scratch.remove();
  });

  it("ends with status 1 when somebody deactivates it, though nothing is typed", async () => {
    const terminal = await open();
    serial.say("last words");
    await shows(terminal, "last words");
    await bmc.ipmitool("sol", "deactivate");
    await endsWith(
      terminal,
      /127\.89\.5\.1: serial over LAN: the console was deactivated, by somebody else or by the BMC/,
    );
  });

  it("refuses somebody else's console, takes it with --steal, and tells who had it", async () => {
    const first = await open();
    const refused = await lectern(["bmc", "sol", host, ...login.split(" ")]);
    assert.equal(refused.status, 1);
    assert.match(
      refused.stderr,
      /another session has the console; check: who has it, or take it with .*steal/,
    );
    const second = await open("--steal");
    await endsWith(first, /127\.89\.5\.1: serial over LAN: another session has taken the console/);
    serial.say("yours now");
    await shows(second, "yours now");
    assert.ok(!first.screen.includes("yours now"));
    second.type("~.");
    assert.equal(await second.ended(), 0, second.screen);
  });

  it("gives a BMC that is not there up as --timeout says", async () => {
    const words = ["bmc", "sol", "127.89.5.250", ...login.split(" "), "--timeout", "500ms"];
    const { status, stderr } = await lectern(words);
    assert.equal(status, 3);
    assert.match(stderr, /127\.89\.5\.250: Open Session: no answer \(sent 5 times[,)]/);
  });

  it("ends with status 1 when the BMC is gone", async () => {
    const terminal = await open("--timeout", "1s");
    await bmc.stop();
    isGone = true;
    await endsWith(terminal, /127\.89\.5\.1: serial over LAN: the BMC no longer answers/);
  });
});

function settingsAreBack(screen: string): boolean {
  const [before, after] = [...screen.matchAll(/\[([0-9a-f]+(?::[0-9a-f]+)+)\]/g)].map(([, text]) => text);
  return before !== undefined && before === after;
}
