import assert from "node:assert/strict";
import {
  IpmiCompletionError,
  IpmiMalformedReplyError,
  IpmiTimeoutError,
} from "../../../../../bare-metal/ipmi/errors";
import { EventLog } from "../../../../../bare-metal/ipmi/sel";
import { answeringRunner, type Request } from "../../../../fixtures/ipmi/answering-runner";

const RESERVE = 0x42;
const GET = 0x43;
const CLEAR = 0x47;
const ERASE = 0xaa;

const word = (number: number) => Buffer.from([number & 0xff, number >> 8]).toString("hex");
const record = (id: number) => `${word(id)}02a535576920000408516f01ffff`;
const asked = ({ data }: Request) => data.readUInt16LE(2);

describe("event log on firmware that misbehaves", () => {
  it("ends with a typed error where records lead in a circle", async () => {
    const next = new Map([
      [0, 2],
      [2, 3],
      [3, 2],
    ]);
    const runner = answeringRunner((request) => `${word(next.get(asked(request)) as number)}${record(1)}`);
    await assert.rejects(new EventLog(runner).list(), IpmiMalformedReplyError);
    assert.equal(runner.requests.length, 3);
  });

  it("ends where every record says that the first follows", async () => {
    const runner = answeringRunner(() => `${word(0)}${record(1)}`);
    await assert.rejects(new EventLog(runner).list(), IpmiMalformedReplyError);
    assert.equal(runner.requests.length, 1);
  });

  it("starts again when the log was cleared on the way, a few times", async () => {
    let cleared = 0;
    const log = (times: number) =>
      answeringRunner((request) => {
        if (asked(request) === 0) return `${word(2)}${record(1)}`;
        if (cleared < times) {
          cleared += 1;
          return 0xcb;
        }
        return `${word(0xffff)}${record(2)}`;
      });
    assert.deepEqual(
      (await new EventLog(log(2)).list()).map(({ id }) => id),
      ["1", "2"],
    );
    cleared = 0;
    await assert.rejects(new EventLog(log(1000)).list(), IpmiCompletionError);
  });

  it("gives up a reservation that is lost again and again", async () => {
    const runner = answeringRunner((request) => {
      if (request.code === RESERVE) return word(7);
      return request.code === GET && request.data[5] === 0xff ? 0xca : 0xc5;
    });
    await assert.rejects(new EventLog(runner).list(), { name: "IpmiCompletionError", code: 0xc5 });
    assert.equal(runner.requests.filter(({ code }) => code === RESERVE).length, 5);
  });

  it("does not delete by an id that may stand for another event by now", async () => {
    const runner = answeringRunner(({ code }) => (code === RESERVE ? word(7) : 0xc5));
    await assert.rejects(new EventLog(runner).delete(3), { name: "IpmiCompletionError", code: 0xc5 });
    assert.deepEqual(
      runner.requests.map(({ data }) => data.toString("hex")),
      ["", "07000300"],
    );
  });

  it("says that the log is being erased", async () => {
    await assert.rejects(new EventLog(answeringRunner(() => 0x81)).list(), /being erased/);
  });

  it("fails where another UTC offset reads back", async () => {
    const runner = answeringRunner(({ data }) => (data.length > 0 ? "" : word(0)));
    const log = new EventLog(runner);
    await log.setUtcOffset(0);
    await assert.rejects(log.setUtcOffset(60), /set 60, and 0 reads back/);
    await assert.rejects(log.setUtcOffset(undefined), /set no offset, and 0 reads back/);
    await assert.rejects(log.setUtcOffset(1441), { name: "IpmiArgumentError" });
  });

  it("clears a BMC without reservations", async () => {
    const runner = answeringRunner(({ code }) => (code === RESERVE ? 0xc1 : "01"));
    await new EventLog(runner).clear();
    assert.equal(runner.requests.at(-1)?.data.toString("hex"), "0000434c52aa");
  });

  it("begins an erasure once and asks for its end; one that never ends is an error", async () => {
    const runner = answeringRunner(({ code }) => (code === RESERVE ? word(9) : "00"));
    await assert.rejects(new EventLog(runner).clear({ timeout: 1 }), IpmiTimeoutError);
    const clears = runner.requests.filter(({ code }) => code === CLEAR);
    assert.equal(clears.filter(({ data }) => data[5] === ERASE).length, 1);
    assert.ok(clears.length > 1);
  });
});
