import assert from "node:assert/strict";
import fc from "fast-check";
import { localPath, staysAt } from "../../../../bare-metal/redfish/path";

describe("localPath", () => {
  it("keeps path and query, and drops host and fragment", () => {
    assert.equal(localPath("/redfish/v1/Systems/1"), "/redfish/v1/Systems/1");
    assert.equal(localPath("https://other.example:8443/redfish/v1/a?$skip=10#/b"), "/redfish/v1/a?$skip=10");
    assert.equal(localPath("//other.example/redfish/v1/a"), "/redfish/v1/a");
  });

  it("leads nowhere outside the Redfish service", () => {
    for (const link of [
      "",
      "/",
      "/login",
      "redfish",
      "/redfish/../etc/passwd",
      "https://[",
      "javascript:alert(1)",
    ]) {
      assert.equal(localPath(link), undefined, link);
    }
    assert.equal(localPath(`/redfish/v1/${"a".repeat(3000)}`), undefined);
  });

  it("never yields what could split a request, whatever the link is", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((s) => `/redfish/v1/${s}`),
        ),
        (link) => {
          const path = localPath(link);
          if (path !== undefined) assert.match(path, /^\/redfish\/[\x21-\x7e]*$/);
        },
      ),
    );
  });
});

describe("staysAt", () => {
  it("takes paths and the same origin alone", () => {
    const stays = (location: string) => staysAt(location, "/redfish/v1", "127.85.0.1", 443);
    for (const location of [
      "/redfish/v1/",
      "",
      "https://127.85.0.1/redfish/v1/",
      "https://127.85.0.1:443/x",
    ]) {
      assert.ok(stays(location), location);
    }
    for (const location of [
      "http://127.85.0.1/",
      "https://127.85.0.2/",
      "//evil.example/",
      "https://127.85.0.1:8443/",
    ]) {
      assert.ok(!stays(location), location);
    }
    assert.ok(staysAt("https://[::1]:8443/a", "/", "::1", 8443));
  });
});
