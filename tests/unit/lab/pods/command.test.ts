import assert from "node:assert/strict";
import fc from "fast-check";
import {
  adaptScript,
  containerCommand,
  containerEnv,
  imageRepository,
  programFor,
  rewritePaths,
} from "../../../../lab/pods/command";
import type { Container, Pod } from "../../../../lab/pods/objects";
import { volcanoPrograms } from "../../../../lab/pods/volcano";

const programs = volcanoPrograms({
  scheduler: "/tools/vc-scheduler",
  controllerManager: "/tools/vc-controller-manager",
  webhookManager: "/tools/vc-webhook-manager",
  admissionSecret: "/data",
});

describe("image repositories", () => {
  for (const [image, repository] of [
    ["docker.io/volcanosh/vc-scheduler:v1.10.0", "docker.io/volcanosh/vc-scheduler"],
    ["volcanosh/vc-scheduler", "docker.io/volcanosh/vc-scheduler"],
    ["busybox:1", "docker.io/library/busybox"],
    ["127.71.0.2:5000/a/b@sha256:00", "127.71.0.2:5000/a/b"],
    ["localhost/a:tag@sha256:00", "localhost/a"],
  ] as const) {
    it(`${image} is ${repository}`, () => assert.equal(imageRepository(image), repository));
  }

  it("finds no program for an image that only begins alike", () => {
    assert.equal(programFor("docker.io/volcanosh/vc-scheduler-extra:1", programs), undefined);
    assert.equal(programFor("evil.test/volcanosh/vc-scheduler:1", programs), undefined);
  });
});

describe("paths below mounts", () => {
  const mounts = [
    { mountPath: "/etc/x", folder: "/room/x" },
    { mountPath: "/etc/x/deep/", folder: "/room/deep" },
  ];
  for (const [text, expected] of [
    ["--conf=/etc/x/y.conf", "--conf=/room/x/y.conf"],
    ["/etc/x", "/room/x"],
    ["--a=/etc/x/deep/f,/etc/x/g", "--a=/room/deep/f,/room/x/g"],
    ["/etc/xyz /opt/etc/x", "/etc/xyz /opt/etc/x"],
  ] as const) {
    it(`${text} becomes ${expected}`, () => assert.equal(rewritePaths(text, mounts), expected));
  }

  it("are never rewritten twice", () => {
    const swap = [
      { mountPath: "/a", folder: "/b" },
      { mountPath: "/b", folder: "/a" },
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom("/a", "/b", "/c"), { minLength: 1 }), (paths) => {
        const text = paths.join(",");
        assert.equal(rewritePaths(rewritePaths(text, swap), swap), text);
      }),
    );
  });
});

describe("a container's command", () => {
  const inputs = { mounts: [], kubeconfig: "/room/kubeconfig", address: "10.71.255.1", scripts: "/room/pod" };
  const container = (more: Partial<Container>): Container => ({ name: "main", image: "x", ...more });
  const [scheduler, , webhooks] = programs;

  it("is the entry point, the chart's arguments, and last where to listen and who it is", () => {
    const { argv } = containerCommand({
      ...inputs,
      program: scheduler!,
      container: container({ args: ["-v=3", "2>&1"] }),
    });
    assert.deepEqual(argv, [
      "/tools/vc-scheduler",
      "-v=3",
      "2>&1",
      "--healthz-address=10.71.255.1:11251",
      "--listen-address=10.71.255.1:8080",
      "--kubeconfig=/room/kubeconfig",
    ]);
  });

  it("is a copy of the script that the command names", () => {
    const command = ["./gen-admission-secret.sh", "--secret", "s"];
    const { argv, script } = containerCommand({
      ...inputs,
      program: webhooks!,
      container: container({ command }),
    });
    assert.deepEqual(argv, ["bash", "/room/pod/gen-admission-secret.sh", "--secret", "s"]);
    assert.equal(script?.from, "/data/gen-admission-secret.sh");
  });

  it("is refused if the table does not know it", () => {
    const command = ["/bin/sh", "-c", "id"];
    assert.throws(
      () => containerCommand({ ...inputs, program: webhooks!, container: container({ command }) }),
      /command \/bin\/sh .*not in the program table \(known: .\/gen-admission-secret\.sh\)/,
    );
  });

  it("has a script only if every text to replace is there", () => {
    assert.equal(adaptScript("CERTDIR=/tmp\n", { "CERTDIR=/tmp": "CERTDIR={tmp}" }, "/p"), "CERTDIR=/p\n");
    assert.throws(
      () => adaptScript("DIR=/tmp\n", { "CERTDIR=/tmp": "CERTDIR={tmp}" }, "/p"),
      /does not occur/,
    );
  });

  it("has the environment that it asks for, and no other source", () => {
    const pod = { metadata: { name: "p", uid: "u", resourceVersion: "1" }, spec: { containers: [] } } as Pod;
    const env = [
      { name: "SOCKETS", value: "/tmp/socks" },
      { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
    ];
    const mounts = [{ mountPath: "/tmp/socks", folder: "/room/socks" }];
    assert.deepEqual(containerEnv(pod, container({ env }), mounts, "10.0.0.1"), {
      SOCKETS: "/room/socks",
      IP: "10.0.0.1",
    });
    const other = [{ name: "KEY", valueFrom: {} }];
    assert.throws(() => containerEnv(pod, container({ env: other }), [], "10.0.0.1"), /KEY has a source/);
  });
});
