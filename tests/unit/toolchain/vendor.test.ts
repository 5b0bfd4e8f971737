import assert from "node:assert/strict";
import { findSum } from "../../../toolchain/vendor";

describe("checksum files of vendors", () => {
  const sum = "a".repeat(64);
  const other = "b".repeat(64);

  it("are read as lists, in text and binary mode", () => {
    assert.equal(findSum(`${other}  etcd.zip\n${sum}  etcd.tar.gz\n`, "etcd.tar.gz"), sum);
    assert.equal(findSum(`${other} *etcd.zip\n${sum.toUpperCase()} *./etcd.tar.gz\n`, "etcd.tar.gz"), sum);
  });

  it("are read as a sum alone", () => {
    assert.equal(findSum(sum, "kubectl"), sum);
    assert.equal(findSum(`${sum}\n`, "kubectl"), sum);
  });

  it("hold none for another file, a longer name, or a page of excuses", () => {
    assert.equal(findSum(`${sum}  etcd.tar.gz\n`, "tar.gz"), undefined);
    assert.equal(findSum(`${sum}  etcd.tar.gz.sig\n`, "etcd.tar.gz"), undefined);
    assert.equal(findSum("<html>not found</html>", "etcd.tar.gz"), undefined);
    assert.equal(findSum(`${sum.slice(1)}  etcd.tar.gz`, "etcd.tar.gz"), undefined);
  });
});
