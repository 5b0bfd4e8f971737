import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensurePki } from "../../../../bare-metal/control-plane/pki";

describe("ensurePki", () => {
  let dir: string;
  const certificate = (name: string): X509Certificate =>
    new X509Certificate(readFileSync(join(dir, `${name}.crt`)));
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), "lectern-pki-"));
    await ensurePki(dir, "127.80.9.1", "10.96.0.1");
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it("gives the API server every name that it is called by", () => {
    const server = certificate("apiserver");
    assert.ok(server.checkIP("127.80.9.1"));
    assert.ok(server.checkIP("10.96.0.1"));
    assert.ok(server.checkHost("kubernetes.default.svc"));
    assert.ok(server.verify(certificate("ca").publicKey));
  });

  it("keeps the authorities apart", () => {
    assert.ok(certificate("etcd").verify(certificate("etcd-ca").publicKey));
    assert.equal(certificate("etcd").verify(certificate("ca").publicKey), false);
    assert.equal(certificate("admin").verify(certificate("etcd-ca").publicKey), false);
    assert.equal(certificate("admin").ca, false);
  });

  it("makes the administrator a master, and no server of a client", () => {
    assert.match(certificate("admin").subject, /O=system:masters/);
    assert.equal(certificate("admin").subjectAltName, undefined);
  });

  it("keeps every key readable by its owner only", () => {
    const keys = readdirSync(dir).filter((f) => f.endsWith(".key"));
    assert.ok(keys.length >= 10);
    for (const key of keys) assert.equal(statSync(join(dir, key)).mode & 0o777, 0o600, key);
  });

  it("keeps what is there, and makes anew what no longer fits", async () => {
    const before = new Map(readdirSync(dir).map((f) => [f, readFileSync(join(dir, f), "utf8")]));
    await ensurePki(dir, "127.80.9.1", "10.96.0.1");
    for (const [file, text] of before) assert.equal(readFileSync(join(dir, file), "utf8"), text, file);
    await ensurePki(dir, "127.80.9.2", "10.96.0.1");
    assert.ok(certificate("apiserver").checkIP("127.80.9.2"));
    assert.equal(readFileSync(join(dir, "admin.crt"), "utf8"), before.get("admin.crt"));
    rmSync(join(dir, "ca.key"));
    await ensurePki(dir, "127.80.9.2", "10.96.0.1");
    assert.ok(certificate("admin").verify(certificate("ca").publicKey));
  });
});
