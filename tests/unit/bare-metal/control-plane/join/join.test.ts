import "reflect-metadata";
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { parse } from "yaml";
import {
  BOOTSTRAP_GROUP,
  bootstrapTokenSecret,
  makeBootstrapToken,
} from "../../../../../bare-metal/control-plane/join/bootstrap-token";
import { type NodeJoin, renderNodeConfig } from "../../../../../bare-metal/control-plane/join/node-config";
import {
  SERVING_SIGNER,
  servingRequestProblem,
  type SigningRequest,
} from "../../../../../bare-metal/control-plane/join/serving-certificate";
import { nodeConfigSchema } from "../../../../../bare-metal/boot/record";

const join: NodeJoin = {
  name: "cpu-1",
  address: "10.1.1.41",
  server: "https://10.1.0.2:6443",
  caCertificate: "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
  token: "abcdef.0123456789abcdef",
  podCidr: "10.244.3.0/24",
  clusterCidr: "10.244.0.0/16",
  sandboxImage: "10.1.0.3:5000/lectern/pause@sha256:00",
  plainRegistries: ["10.1.0.3:5000"],
};

describe("what a joining node is given", () => {
  const config = renderNodeConfig(join);
  const content = (path: string): string => config.files.find((f) => f.path === path)?.content ?? "";

  it("is a configuration that the boot service takes", () => {
    assert.deepEqual(nodeConfigSchema.parse(config), config);
    assert.deepEqual(config.units, [
      "containerd.service",
      "kubelet.service",
      "kube-proxy.service",
      "network-policies.service",
      "node-dns.service",
      "lectern-routes.service",
    ]);
  });

  it("holds the token in one file, which only root reads", () => {
    const holding = config.files.filter((f) => f.content.includes(join.token));
    assert.deepEqual(
      holding.map((f) => [f.path, f.mode]),
      [["/etc/kubernetes/bootstrap.kubeconfig", "0600"]],
    );
    const kubeconfig = parse(holding[0]!.content) as { users: { user: { token: string } }[] };
    assert.equal(kubeconfig.users[0]?.user.token, join.token);
  });

  it("makes kubelet ask the API server about callers, and for a serving certificate", () => {
    const kubelet = parse(content("/var/lib/kubelet/config.yaml")) as Record<string, unknown>;
    assert.equal(kubelet["serverTLSBootstrap"], true);
    assert.deepEqual(kubelet["authorization"], { mode: "Webhook" });
    assert.deepEqual((kubelet["authentication"] as Record<string, unknown>)["anonymous"], { enabled: false });
    assert.equal(
      content("/etc/default/kubelet"),
      "KUBELET_ARGUMENTS=--hostname-override=cpu-1 --node-ip=10.1.1.41\n",
    );
  });

  it("brings the file without which kubelet starts no pod", () => {
    assert.equal(config.files.find((f) => f.path === "/etc/resolv.conf")?.content, "");
    const named = renderNodeConfig({ ...join, nameServers: ["10.1.0.1", "10.1.0.2"] });
    const file = named.files.find((f) => f.path === "/etc/resolv.conf");
    assert.equal(file?.content, "nameserver 10.1.0.1\nnameserver 10.1.0.2\n");
  });

  it("answers the cluster's names on the node itself, and passes on all others to the site's name servers", () => {
    const kubelet = parse(content("/var/lib/kubelet/config.yaml")) as Record<string, unknown>;
    assert.deepEqual([kubelet["clusterDNS"], kubelet["clusterDomain"]], [["169.254.20.10"], "cluster.local"]);
    assert.equal(content("/etc/default/node-dns"), "ADDRESS=169.254.20.10\n");
    assert.doesNotMatch(content("/etc/coredns/Corefile"), /forward/);
    const { files } = renderNodeConfig({ ...join, nameServers: ["10.1.0.1", "10.1.0.2"] });
    const corefile = files.find((f) => f.path === "/etc/coredns/Corefile")?.content ?? "";
    assert.match(corefile, /^ {4}bind 169\.254\.20\.10$/m);
    assert.match(corefile, /^ {4}kubernetes cluster\.local in-addr\.arpa ip6\.arpa \{$/m);
    assert.match(corefile, /^ {4}forward \. 10\.1\.0\.1 10\.1\.0\.2$/m);
  });

  it("gives pods addresses of the node's own range", () => {
    const { plugins } = JSON.parse(content("/etc/cni/net.d/10-lectern.conflist")) as {
      plugins: { type: string; ipam?: { ranges: unknown } }[];
    };
    assert.deepEqual(plugins[0]?.ipam?.ranges, [[{ subnet: "10.244.3.0/24" }]]);
    assert.throws(() => renderNodeConfig({ ...join, podCidr: "" }), /podCIDR/);
  });

  it("has Services by kube-proxy, under the node's own identity, and the ways to other nodes' pods", () => {
    const proxy = parse(content("/etc/kubernetes/kube-proxy.yaml")) as Record<string, unknown>;
    assert.equal(proxy["mode"], "nftables");
    assert.deepEqual(proxy["clientConnection"], { kubeconfig: "/etc/kubernetes/kubelet.kubeconfig" });
    assert.equal(
      content("/etc/default/lectern-routes"),
      "NODE=cpu-1\nSERVER=https://10.1.0.2:6443\nPOD_CIDR=10.244.3.0/24\nCLUSTER_CIDR=10.244.0.0/16\n",
    );
  });

  it("has no pod network before it holds to network policies", () => {
    assert.match(content("/etc/containerd/config.toml"), /conf_dir = "\/run\/cni\/net\.d"/);
    assert.equal(content("/etc/default/network-policies"), "NODE=cpu-1\n");
  });

  it("names registry and time servers where containerd and chrony look", () => {
    assert.match(
      content("/etc/containerd/certs.d/10.1.0.3_5000_/hosts.toml"),
      /server = "http:\/\/10\.1\.0\.3:5000"/,
    );
    assert.match(
      content("/etc/containerd/config.toml"),
      /sandbox_image = "10\.1\.0\.3:5000\/lectern\/pause@sha256:00"/,
    );
    const timed = renderNodeConfig({ ...join, timeServers: ["10.1.0.1"] });
    assert.equal(timed.units[0], "chrony.service");
    assert.ok(timed.files.some((f) => f.content === "server 10.1.0.1 iburst\n"));
  });
});

describe("the container runtime of a joining node", () => {
  const runtimeOf = (nvidia: boolean): string =>
    renderNodeConfig({ ...join, nvidia }).files.find((f) => f.path === "/etc/containerd/config.toml")
      ?.content ?? "";

  it("is NVIDIA's on a machine with GPUs, for every pod, and knows no such thing elsewhere", () => {
    const config = runtimeOf(true);
    assert.match(config, /default_runtime_name = "nvidia"/);
    assert.match(
      config,
      /runtimes\.nvidia\.options\]\n +BinaryName = "\/usr\/bin\/nvidia-container-runtime"\n +SystemdCgroup = true\n/,
    );
    assert.match(config, /runtimes\.runc\.options\]\n +SystemdCgroup = true\n/);
    assert.doesNotMatch(runtimeOf(false), /nvidia/);
  });
});

describe("bootstrap token", () => {
  it("has the form that Kubernetes wants, ends by itself, and serves for joining only", () => {
    const token = makeBootstrapToken();
    assert.match(`${token.id}.${token.secret}`, /^[a-z0-9]{6}\.[a-z0-9]{16}$/);
    assert.notDeepEqual(makeBootstrapToken(), token);
    const secret = bootstrapTokenSecret(token, "cpu-1", new Date("2026-01-01T00:00:00.5Z"), 60_000) as {
      type: string;
      stringData: Record<string, string>;
    };
    assert.equal(secret.type, "bootstrap.kubernetes.io/token");
    assert.equal(secret.stringData["expiration"], "2026-01-01T00:01:00Z");
    assert.equal(secret.stringData["auth-extra-groups"], BOOTSTRAP_GROUP);
    assert.equal(secret.stringData["usage-bootstrap-signing"], undefined);
  });
});

describe("request for a serving certificate", () => {
  const node = { name: "cpu-1", address: "10.1.1.41" };
  type Names = { type: "dns" | "ip"; value: string }[];
  const own: Names = [
    { type: "dns", value: "cpu-1" },
    { type: "ip", value: "10.1.1.41" },
  ];

  async function request(
    names: Names,
    change: Partial<SigningRequest["spec"]> = {},
    cn = "system:node:cpu-1",
  ) {
    const keys = await webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
      "sign",
      "verify",
    ]);
    const asked = await x509.Pkcs10CertificateRequestGenerator.create({
      name: [{ O: ["system:nodes"] }, { CN: [cn] }],
      keys,
      signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
      extensions: names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [],
    });
    const spec = {
      signerName: SERVING_SIGNER,
      username: "system:node:cpu-1",
      groups: ["system:nodes", "system:authenticated"],
      usages: ["digital signature", "server auth"],
      request: Buffer.from(asked.toString("pem")).toString("base64"),
      ...change,
    };
    return servingRequestProblem(
      { metadata: { name: "csr-1", creationTimestamp: "2026-01-01T00:00:00Z" }, spec },
      node,
    );
  }

  it("is approved for the node's own name and address", async () => {
    assert.equal(await request(own), undefined);
  });

  it("is refused for anything else, with the reason", async () => {
    assert.match(
      (await request([...own, { type: "dns", value: "kubernetes" }])) ?? "",
      /names dns kubernetes/,
    );
    assert.match((await request([{ type: "ip", value: "10.1.0.2" }])) ?? "", /names ip 10\.1\.0\.2/);
    assert.match((await request([])) ?? "", /names nothing/);
    assert.match(
      (await request(own, { username: "system:node:gpu-1" })) ?? "",
      /comes from system:node:gpu-1/,
    );
    assert.match((await request(own, { groups: [] })) ?? "", /no node/);
    assert.match((await request(own, { usages: ["server auth", "client auth"] })) ?? "", /client auth/);
    assert.match((await request(own, { signerName: "example.org/x" })) ?? "", /example\.org/);
    assert.match((await request(own, {}, "system:node:gpu-1")) ?? "", /subject/);
  });
});
