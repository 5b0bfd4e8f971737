import assert from "node:assert/strict";
import { DecodeError } from "../../../../../bare-metal/ipmi/codec/reader";
import {
  getWatchdogTimer,
  setWatchdogTimer,
  type WatchdogSettings,
} from "../../../../../bare-metal/ipmi/messages/watchdog";
import { Watchdog } from "../../../../../bare-metal/ipmi/watchdog";
import { answeringRunner } from "../../../../fixtures/ipmi/answering-runner";

const decode = (hex: string) => getWatchdogTimer.decode(Buffer.from(hex, "hex"));
const settings: WatchdogSettings = {
  use: "os-load",
  action: "power-cycle",
  interrupt: "nmi",
  preTimeout: 30,
  countdown: 120_500,
  logs: true,
};

describe("watchdog timer", () => {
  it("is read field by field (table 27-4)", () => {
    assert.deepEqual(decode("43231e04b504b404"), {
      ...settings,
      running: true,
      expired: ["bios-post"],
      left: 120_400,
    });
  });

  it("is read with every bit set, and what is reserved is called so", () => {
    const timer = decode("ff".repeat(8));
    assert.deepEqual([timer.use, timer.action, timer.interrupt], ["reserved", "reserved", "reserved"]);
    assert.deepEqual([timer.logs, timer.running, timer.expired.length], [false, true, 5]);
    assert.equal(timer.countdown, 6_553_500);
  });

  it("is refused when it is too short", () => {
    for (let length = 0; length < 8; length += 1) {
      assert.throws(() => getWatchdogTimer.decode(Buffer.alloc(length)), DecodeError);
    }
  });

  it("is set byte by byte (table 27-3)", () => {
    assert.equal(setWatchdogTimer(settings, false).data.toString("hex"), "03231e08b504");
    const silent = setWatchdogTimer({ ...settings, logs: false, use: "oem" }, true);
    assert.equal(silent.data.toString("hex"), "c5231e20b504");
  });

  it("keeps what it is for when it is stopped, and takes the action away", async () => {
    const runner = answeringRunner(({ code }) => (code === 0x25 ? "43231e04b504b404" : ""));
    await new Watchdog(runner).stop();
    const set = runner.requests.find(({ code }) => code === 0x24);
    assert.equal(set?.data.toString("hex"), "03000008b504");
  });
});
