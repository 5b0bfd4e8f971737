import assert from "node:assert/strict";
import { readVersion, versionFits } from "../../../toolchain/version";
import { pins } from "../../../toolchain/pins";

describe("versions of programs", () => {
  const outputs: Record<string, string> = {
    pulumi: "v3.216.0\n",
    etcd: "etcd Version: 3.7.3\nGit SHA: Not provided\nGo Version: go1.26.8\n",
    "kube-apiserver": "Kubernetes v1.37.2\n",
    kubectl: "Client Version: v1.37.2\nKustomize Version: v5.8.1\n",
    kwok: "kwok version v0.8.0 go1.26.8 (linux/amd64)\n",
    "vc-scheduler": "API Version: v1alpha1\nVersion: v1.10.0\nGit SHA: Not provided.\n",
  };
  for (const [name, output] of Object.entries(outputs)) {
    it(`reads that of ${name} from what it prints`, () => {
      const pin = pins.tools[name]!;
      assert.equal(readVersion(output, pin.check!.pattern), pin.version);
    });
  }

  it("reads none where there is none", () => {
    assert.equal(readVersion("usage: kwok", pins.tools["kwok"]!.check!.pattern), undefined);
  });

  const cases: [found: string, accept: "same" | "patch" | "minor", fits: boolean][] = [
    ["3.7.3", "same", true],
    ["3.7.4", "same", false],
    ["3.7.4", "patch", true],
    ["3.7.2", "patch", false],
    ["3.8.0", "patch", false],
    ["3.8.0", "minor", true],
    ["3.6.9", "minor", false],
    ["4.0.0", "minor", false],
    ["3.7.10", "patch", true],
    ["3.7.4+build.7", "patch", true],
    ["3.8.0-rc.1", "minor", false],
    ["new", "minor", false],
  ];
  for (const [found, accept, fits] of cases) {
    it(`${fits ? "takes" : "refuses"} ${found} for 3.7.3 (${accept})`, () => {
      assert.equal(versionFits(found, { version: "3.7.3", accept }), fits);
    });
  }
});
