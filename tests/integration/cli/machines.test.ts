import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ProcessFolder } from "../../../base/processes";
import { waitFor } from "../../../base/wait";
import { BootServiceClient } from "../../../bare-metal/boot/client";
import { startBootProcess } from "../../fixtures/boot-service";
import { lectern } from "../../fixtures/lectern";
import { roomText } from "../../fixtures/room";
import { type Scratch, scratchFolder } from "../../fixtures/scratch";

const ADDRESS = "127.79.12.1";
const TOKEN = "a-boot-token-that-nobody-else-may-see";

describe("lectern machines, at a boot service", function () {
  this.timeout(30_000);
  let scratch: Scratch;
  let processes: ProcessFolder;
  let credentials: string;
  let pin: string;

  before(async () => {
    scratch = scratchFolder("machines");
    processes = new ProcessFolder(join(scratch.dir, "run"));
    const content = Buffer.from("root");
    const place = { dir: scratch.dir, address: ADDRESS };
    const { logFile, ...started } = startBootProcess(processes, { ...place, token: TOKEN, content });
    credentials = started.credentials;
    pin = await waitFor(
      "the boot service tells its pin",
      async () =>
        /^TLS at 127\.79\.12\.1:8443, pin (sha256\/\/\S+)$/m.exec(readFileSync(logFile, "utf8"))?.[1],
      { timeout: 20_000 },
    );
    await new BootServiceClient({ url: `https://${ADDRESS}:8443`, token: TOKEN, pin }).list();
  });
  after(async () => {
    await processes.stopAll();
    scratch.remove();
  });

  /** Lists the machines of the room, with these words about its boot service in the inventory. */
  const list = (boot: string) => {
    const file = join(scratch.dir, "inventory.yaml");
    writeFileSync(file, roomText().replace(/boot: \{.*\}/, `boot: { ${boot} }`));
    const files = ["--inventory", file, "--credentials", credentials];
    return lectern(["machines", "list", ...files]);
  };

  it("goes by the inventory to its TLS side, and takes no key but the one that is pinned there", async () => {
    const tls = (of: string) => `tls: { port: 8443, pin: "${of}" }`;
    // Nothing listens at this plain port.
    const { status, stdout, stderr } = await list(`address: ${ADDRESS}, port: 1, ${tls(pin)}`);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^gpu-1 +gpu +unknown/m);
    const other = await list(`address: ${ADDRESS}, port: 8080, ${tls(`sha256//${"A".repeat(43)}=`)}`);
    assert.equal(other.status, 1);
    assert.match(other.stderr, /its key is sha256\/\/.*, expected sha256\/\/A/);
  });

  it("speaks without TLS on this machine, and sends the token in plain text to no other", async () => {
    assert.equal((await list(`address: ${ADDRESS}, port: 8080`)).status, 0);
    const { status, stderr } = await list("address: 192.0.2.1, port: 8080");
    assert.equal(status, 2);
    assert.match(stderr, /in plain text.*write services\.boot\.tls in the inventory/s);
    assert.ok(!stderr.includes(TOKEN));
  });
});
