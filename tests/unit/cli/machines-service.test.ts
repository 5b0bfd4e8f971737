import assert from "node:assert/strict";
import { UsageError } from "../../../cli/failure";
import { bootServiceAt } from "../../../cli/machines-service";

describe("the boot service of lectern machines", () => {
  const at = (url: string, access = {}) => bootServiceAt(url, "token", access).url;

  it("gets its token over TLS, or on this machine", () => {
    for (const url of [
      "https://10.1.0.1:8443",
      "http://127.80.0.1:8080",
      "http://localhost:8080",
      "http://[::1]:8080",
    ])
      assert.equal(at(url), url);
  });

  it("gets it in plain text from another machine only if that is said", () => {
    for (const url of ["http://10.1.0.1:8080", "http://127.example.org:8080", "http://boot.example.org"]) {
      assert.throws(
        () => at(url),
        (error: Error) => error instanceof UsageError && /--plain-http/.test(error.message),
      );
      assert.equal(at(url, { plainHttp: true }), url);
    }
  });

  it("is a URL", () => {
    for (const url of ["10.1.0.1:8080", "ftp://10.1.0.1", ""])
      assert.throws(() => at(url), /is no URL; give one such as https:/);
  });
});
