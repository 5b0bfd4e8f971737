import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { run, runToEnd } from "../../../../base/run";
import { type Scratch, scratchFolder } from "../../../fixtures/scratch";

const ROUTES = resolve(__dirname, "../../../../images/node/rootfs/usr/lib/lectern/routes");

interface Seen {
  readonly name: string;
  readonly podCIDR?: string;
  readonly address?: string;
}

/** The node's program against a kernel of its own network; the API server's answers are given (e2e:machine has a real one). */
describe("routes to the pods of other nodes", function () {
  this.timeout(30_000);
  let scratch: Scratch;
  before(async () => {
    scratch = scratchFolder("routes");
    await run(["ip", "link", "set", "lo", "up"]);
    await run(["ip", "link", "add", "nodes0", "type", "bridge"]);
    await run(["ip", "address", "add", "10.78.0.11/24", "dev", "nodes0"]);
    await run(["ip", "link", "set", "nodes0", "up"]);
    scratch.program("nft", '#!/bin/sh\ncat >"$0.rules"\n');
  });
  after(() => scratch.remove());

  const node = ({ name, podCIDR, address }: Seen): object => ({
    metadata: { name },
    spec: { ...(podCIDR !== undefined && { podCIDR }) },
    status: { addresses: address === undefined ? [] : [{ type: "InternalIP", address }] },
  });
  const routes = async (): Promise<string[]> =>
    (await run(["ip", "-4", "route", "show", "proto", "76"])).stdout
      .trim()
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");

  it("are those of the nodes that there are, and follow their changes", async () => {
    await run(["ip", "route", "add", "10.9.7.0/24", "via", "10.78.0.17", "proto", "76"]);
    const list = {
      metadata: { resourceVersion: "7" },
      items: [
        { name: "own", podCIDR: "10.9.1.0/24", address: "10.78.0.11" },
        { name: "leaves", podCIDR: "10.9.2.0/24", address: "10.78.0.12" },
        { name: "stays", podCIDR: "10.9.3.0/24", address: "10.78.0.13" },
        { name: "without-network", address: "10.78.0.14" },
        { name: "elsewhere", podCIDR: "10.9.8.0/24", address: "172.16.0.1" },
      ].map(node),
    };
    const events = [
      { type: "ADDED", object: node({ name: "comes", podCIDR: "10.9.4.0/24", address: "10.78.0.15" }) },
      {
        type: "DELETED",
        object: node({ name: "leaves", podCIDR: "10.9.2.0/24", address: "10.78.0.12" }),
      },
    ];
    scratch.program(
      "curl",
      [
        "#!/bin/sh",
        'for last; do :; done; case $last in *watch=1*resourceVersion=7*) cat <<"END"',
        ...events.map((event) => JSON.stringify(event)),
        "END",
        'sleep 5 ;; */api/v1/nodes) cat <<"END"',
        JSON.stringify(list),
        "END",
        ";; esac",
        "",
      ].join("\n"),
    );
    const { stderr } = await runToEnd(["timeout", "3", "sh", ROUTES], {
      env: {
        ...process.env,
        ...{
          PATH: scratch.path,
          RUNTIME_DIRECTORY: scratch.dir,
          NODE: "own",
          SERVER: "https://10.1.0.2:6443",
        },
        ...{ POD_CIDR: "10.9.1.0/24", CLUSTER_CIDR: "10.9.0.0/16" },
      },
    });
    assert.deepEqual(await routes(), [
      "10.9.3.0/24 via 10.78.0.13 dev nodes0",
      "10.9.4.0/24 via 10.78.0.15 dev nodes0",
    ]);
    assert.match(stderr, /no route to 10\.9\.8\.0\/24 by 172\.16\.0\.1/);
    const rules = (await run(["cat", join(scratch.bin, "nft.rules")])).stdout;
    assert.match(rules, /ip saddr 10\.9\.1\.0\/24 ip daddr != 10\.9\.0\.0\/16 masquerade/);
  });
});
