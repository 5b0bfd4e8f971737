import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { Duplex, PassThrough } from "node:stream";
import { attend, type Seat } from "../../../../cli/bmc/console";

/** A machine that prints what it is told, and notes what is typed to it. */
class Machine extends Duplex {
  typed = "";
  breaks = 0;

  override _read(): void {
    // It prints when a test says so.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.typed += chunk.toString();
    done();
  }
}

function scene({ isTTY }: { isTTY: boolean }) {
  const machine = new Machine();
  const keys = Object.assign(new PassThrough(), { isTTY });
  const [screen, told] = [new PassThrough(), new PassThrough()];
  const seat = { stdin: keys, stdout: screen, stderr: told } as unknown as Seat;
  const stop = new AbortController();
  const sendBreak = () => void (machine.breaks += 1);
  const attending = attend({ stream: machine, sendBreak }, seat, stop.signal);
  return { machine, keys, screen, told, stop, attending };
}

describe("a console without a terminal", () => {
  it("shows what the machine prints, sends what is read as it is, and ends with the machine", async () => {
    const { machine, keys, screen, attending } = scene({ isTTY: false });
    machine.push("login: ");
    await EventEmitter.once(screen, "readable");
    assert.equal((screen.read() as Buffer).toString(), "login: ");
    keys.end("~.root\r");
    await EventEmitter.once(keys, "end");
    assert.equal(machine.typed, "~.root\r");
    machine.destroy();
    await attending;
  });

  it("fails as the console fails", async () => {
    const { machine, attending } = scene({ isTTY: false });
    const rejected = assert.rejects(attending, /session is gone/);
    machine.destroy(new Error("session is gone"));
    await rejected;
  });

  it("ends when it is told to", async () => {
    const { stop, attending } = scene({ isTTY: false });
    const rejected = assert.rejects(attending, /enough/);
    stop.abort(new Error("enough"));
    await rejected;
  });
});
