import assert from "node:assert/strict";
import { waitFor } from "../../../base/wait";

describe("waitFor", () => {
  it("returns the first value that the probe yields, also a falsy one", async () => {
    const answers = [undefined, undefined, 0];
    assert.equal(await waitFor("a number", () => answers.shift(), { timeout: 5_000, interval: 1 }), 0);
    assert.equal(await waitFor("a truth", () => false, { timeout: 5_000 }), false);
  });

  it("asks again after an error of the probe", async () => {
    let asked = 0;
    const probe = (): Promise<string | undefined> =>
      ++asked < 3 ? Promise.reject(new Error("not yet")) : Promise.resolve("there");
    assert.equal(await waitFor("it", probe, { timeout: 5_000, interval: 1 }), "there");
    assert.equal(asked, 3);
  });

  it("names the condition and the last error when time is up, and keeps that error as the cause", async () => {
    const last = new Error("connection refused");
    const wait = waitFor("the API server is ready", () => Promise.reject(last), { timeout: 20, interval: 1 });
    await assert.rejects(wait, (error: Error) => {
      assert.match(error.message, /^the API server is ready: not so after 0 s: connection refused$/);
      assert.equal(error.cause, last);
      return true;
    });
  });

  it("asks once even if no time is left", async () => {
    assert.equal(await waitFor("it", () => 1, { timeout: 0 }), 1);
  });

  it("stops when it is told to, with the reason given", async () => {
    const stop = new AbortController();
    const probe = (): undefined => void stop.abort(new Error("interrupted"));
    await assert.rejects(
      waitFor("never", probe, { timeout: 60_000, interval: 1, signal: stop.signal }),
      /interrupted/,
    );
  });
});
