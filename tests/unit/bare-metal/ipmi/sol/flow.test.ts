import assert from "node:assert/strict";
import fc from "fast-check";
import { IpmiConsoleLostError } from "../../../../../bare-metal/ipmi/errors";
import {
  charactersFor,
  decodeSol,
  encodeSol,
  type SolReply,
} from "../../../../../bare-metal/ipmi/sol/packet";
import { SolReceiver } from "../../../../../bare-metal/ipmi/sol/receiver";
import { SolSender } from "../../../../../bare-metal/ipmi/sol/sender";
import { SolStream } from "../../../../../bare-metal/ipmi/sol/stream";

const NOTHING = Buffer.alloc(0);
const RETRY = { interval: 1, retries: 5 };
const packet = (change: Partial<SolReply>): SolReply => ({
  ...decodeSol(Buffer.alloc(4)),
  ...change,
});

describe("packets of serial over LAN (section 15.9)", () => {
  it("are written bit by bit", () => {
    const encoded = encodeSol({
      sequence: 5,
      acknowledges: 2,
      accepted: 3,
      operation: { sendBreak: true, flushInbound: true, flushOutbound: true },
      characters: Buffer.from("ls"),
    });
    assert.equal(encoded.toString("hex"), "050203136c73");
  });

  it("are read bit by bit", () => {
    const all = decodeSol(Buffer.from("ffffff7c61", "hex"));
    assert.deepEqual([all.sequence, all.acknowledges, all.accepted], [15, 15, 255]);
    assert.ok(all.refused && all.unavailable && all.deactivated && all.overrun && all.break);
    assert.equal(all.characters.toString(), "a");
  });

  it("are no longer than the BMC said, nor than a count of one byte allows", () => {
    assert.deepEqual([0, 4, 5, 36, 255, 1024].map(charactersFor), [251, 251, 1, 32, 251, 251]);
  });
});

describe("sending characters", () => {
  /** A BMC that takes as many characters of each packet as it is told, and loses some packets. */
  const deliver = (text: string, most: number, takes: readonly number[], losses: readonly boolean[]) =>
    new Promise<string>((resolve, reject) => {
      let heard = "";
      let turn = 0;
      let answered = 0;
      let last: { sequence: number; accepted: number } | undefined;
      const sender: SolSender = new SolSender(
        { interval: 1, retries: 50 },
        most,
        ({ sequence, characters }) => {
          turn += 1;
          assert.ok(sequence >= 1 && sequence <= 15 && characters.length <= most);
          if (losses[turn % losses.length]) return;
          if (last?.sequence !== sequence) {
            const accepted = Math.min(takes[answered % takes.length] ?? most, characters.length);
            answered += 1;
            heard += characters.subarray(0, accepted).toString();
            last = { sequence, accepted };
          }
          const { accepted } = last;
          const refused = accepted < characters.length;
          setImmediate(() => sender.acknowledged(packet({ acknowledges: sequence, accepted, refused })));
        },
        () => reject(new Error("silence")),
      );
      sender.add({
        characters: Buffer.from(text),
        done: (error) => (error ? reject(error) : resolve(heard)),
      });
    });

  it("loses and doubles nothing, however much a BMC takes and whatever is lost", () =>
    fc.assert(
      fc.asyncProperty(
        fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        fc
          .array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 4 })
          .filter((n) => n.some((k) => k > 0)),
        fc.array(fc.boolean(), { minLength: 2, maxLength: 5 }).filter((lost) => !lost.every(Boolean)),
        async (text, most, takes, losses) => {
          assert.equal(await deliver(text, most, takes, losses), text);
        },
      ),
      { numRuns: 40 },
    )).timeout(30_000);

  it("numbers packets from 1 to 15, over and over, and repeats one with its own number", async () => {
    const sent: number[] = [];
    const sender: SolSender = new SolSender(
      // Longer than an answer takes on a busy machine.
      { interval: 200, retries: 5 },
      1,
      ({ sequence }) => {
        sent.push(sequence);
        if (sent.length === 3) return;
        setImmediate(() => sender.acknowledged(packet({ acknowledges: sequence, accepted: 1 })));
      },
      () => assert.fail("silence"),
    );
    await new Promise<void>((done) => sender.add({ characters: Buffer.alloc(18), done: () => done() }));
    assert.deepEqual(sent, [1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 1, 2, 3]);
  });

  it("gives up after its repeats, and ends all that waits", async () => {
    let sent = 0;
    const waited: (Error | undefined)[] = [];
    const silence = await new Promise<number>((resolve) => {
      const sender = new SolSender(
        RETRY,
        10,
        () => (sent += 1),
        (times) => {
          sender.end(new Error("gone"));
          resolve(times);
        },
      );
      for (const text of ["a", "b"])
        sender.add({ characters: Buffer.from(text), done: (e) => waited.push(e) });
    });
    assert.deepEqual([silence, sent], [6, 6]);
    assert.deepEqual(
      waited.map((error) => error?.message),
      ["gone", "gone"],
    );
  });
});

describe("receiving characters", () => {
  it("takes a repeated packet once, and what it has grown by", () => {
    const receiver = new SolReceiver();
    const take = (sequence: number, text: string) =>
      receiver.take(packet({ sequence, characters: Buffer.from(text) }))?.toString();
    assert.deepEqual([take(1, "ab"), take(1, "ab"), take(1, "abc"), take(2, "d")], ["ab", "", "c", "d"]);
    assert.deepEqual(receiver.acknowledgement, { acknowledges: 2, accepted: 1 });
    assert.equal(take(0, ""), undefined, "an acknowledgement is not acknowledged");
  });
});

describe("the stream of a serial console", () => {
  /** @param loss what the BMC tells when it is asked whether the console is still this session's */
  const open = (loss?: IpmiConsoleLostError) => {
    const sent: Buffer[] = [];
    const deactivations: string[] = [];
    const stream = new SolStream({
      label: "192.0.2.1:623",
      retry: RETRY,
      inboundSize: 255,
      loss: () => Promise.resolve(loss),
      deactivate: () => {
        deactivations.push("Deactivate Payload");
        return Promise.resolve();
      },
    });
    stream.attach({ send: (payload) => void sent.push(payload), close: () => undefined });
    const receive = (sequence: number, text: string, status = 0) =>
      stream.receive(Buffer.concat([Buffer.from([sequence, 0, 0, status]), Buffer.from(text)]));
    return { stream, sent, deactivations, receive };
  };

  it("holds acknowledgements back from a reader that does not read, until it reads", () => {
    const { stream, sent, receive } = open();
    const text = "x".repeat(250);
    let taken = 0;
    for (; sent.length === taken; taken += 1) receive((taken % 15) + 1, text);
    assert.ok(taken * 250 >= 64 * 1024 && taken * 250 <= 65 * 1024, `${taken * 250} bytes`);
    receive(((taken - 1) % 15) + 1, text);
    assert.equal(sent.length, taken - 1, "a repeat is not acknowledged either");
    assert.equal((stream.read() as Buffer).length, taken * 250);
    assert.equal(sent.length, taken);
    stream.destroy();
  });

  it("tells breaks and losses, and takes no notice of what is no packet", () => {
    const { stream, receive } = open();
    const told: string[] = [];
    stream.on("break", () => told.push("break")).on("overrun", () => told.push("overrun"));
    stream.receive(NOTHING);
    receive(1, "hello", 0x0c);
    assert.deepEqual([String(stream.read()), told], ["hello", ["break", "overrun"]]);
    stream.destroy();
  });

  it("gives what came before the BMC ended it, then fails, and deactivates nothing", async () => {
    const { stream, deactivations, receive } = open();
    receive(1, "bye", 0x10);
    receive(2, "too late");
    let text = "";
    await assert.rejects(async () => {
      for await (const bytes of stream) text += String(bytes);
    }, IpmiConsoleLostError);
    assert.deepEqual([text, deactivations], ["bye", []]);
  });

  it("fails what is written to a console that was taken away", async () => {
    const { stream, receive } = open();
    const failed = new Promise((resolve) => stream.once("error", resolve));
    const written = new Promise((resolve) => stream.write("ls", resolve));
    receive(1, "", 0x10);
    const error = await failed;
    assert.ok(error instanceof IpmiConsoleLostError);
    assert.match(error.message, /192\.0\.2\.1:623: serial over LAN: the console was deactivated/);
    assert.equal(await written, error);
  });

  it("asks the BMC why characters are not acknowledged", async () => {
    const lost = new IpmiConsoleLostError("192.0.2.1:623", "another session has taken the console", "who");
    for (const [loss, expected] of [
      [lost, /another session has taken the console/],
      [undefined, /characters were not acknowledged \(sent 6 times\)/],
    ] as const) {
      const { stream } = open(loss);
      const failed = new Promise<Error>((resolve) => stream.once("error", resolve));
      stream.write("ls");
      assert.match((await failed).message, expected);
    }
  });

  it("fails with what ended the session", async () => {
    const { stream } = open();
    const failed = new Promise<Error>((resolve) => stream.once("error", resolve));
    stream.lose(undefined);
    assert.match((await failed).message, /192\.0\.2\.1:623: serial over LAN: this client is closed/);
  });
});
