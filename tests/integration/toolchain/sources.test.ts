import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Cache } from "../../../toolchain/cache";
import type { Pins, ToolName } from "../../../toolchain/pins";
import { Resolver } from "../../../toolchain/resolver";
import { thisPlatform } from "../../../toolchain/platform";
import { waitFor } from "../../../base/wait";
import { type Scratch, scratchFolder } from "../../fixtures/scratch";

const TOOL = "kubectl" as ToolName;
const program = (version: string, from: string): string => `#!/bin/sh\necho tool v${version} from ${from}\n`;

describe("sources of a tool", () => {
  let scratch: Scratch;
  let dir: string;
  let bin: string;
  let cache: Cache;
  let vendor: Server;
  let files: Record<string, { body: Buffer; truncated?: boolean }>;
  let asked: string[];
  let said: string[];

  beforeEach((done) => {
    scratch = scratchFolder("sources");
    ({ dir, bin } = scratch);
    cache = new Cache(join(dir, "cache"));
    files = {};
    asked = [];
    said = [];
    vendor = createServer((request, response) => {
      asked.push(request.url ?? "");
      const file = files[request.url ?? ""];
      if (!file) return response.writeHead(404).end();
      response.writeHead(200, { "content-length": file.body.length + (file.truncated ? 1000 : 0) });
      response.write(file.body);
      // The promised rest never comes.
      if (file.truncated) setImmediate(() => response.destroy());
      else response.end();
    });
    vendor.listen(0, "127.80.3.1", done);
  });
  afterEach((done) => {
    scratch.remove();
    vendor.closeAllConnections();
    vendor.close(done);
  });

  const address = (): string => `http://127.80.3.1:${(vendor.address() as AddressInfo).port}`;
  const { os, arch } = thisPlatform();

  function publish(text: string, sum = createHash("sha256").update(text).digest("hex")): void {
    files[`/v1.2.3/${os}/${arch}/kubectl`] = { body: Buffer.from(text) };
    files["/v1.2.3/SHA256SUMS"] = { body: Buffer.from(`${"0".repeat(64)}  other\n${sum}  kubectl\n`) };
  }

  function pins(base = address(), sha256: Record<string, string> | null = null): Pins {
    return {
      tools: {
        kubectl: {
          version: "1.2.3",
          accept: "patch",
          check: { args: ["version"], pattern: "tool v(\\S+)" },
          go: { build: "test", package: "./tool", binary: "tool" },
          vendor: {
            url: `${base}/v{version}/{os}/{arch}/kubectl`,
            sums: `${base}/v{version}/SHA256SUMS`,
            sha256,
          },
        },
      },
      builds: { test: { folder: "go", ldflags: "-s -w -X main.version=1.2.3" } },
      data: {},
    };
  }

  /** A real Go module; `withGo` says whether the compiler is in PATH. */
  function resolver(
    given: Pins,
    {
      withGo = false,
      offline = false,
      signal,
    }: { withGo?: boolean; offline?: boolean; signal?: AbortSignal } = {},
  ) {
    const go = join(dir, "go");
    mkdirSync(join(go, "tool"), { recursive: true });
    writeFileSync(join(go, "go.mod"), "module lectern.dev/test\n\ngo 1.22\n");
    writeFileSync(join(go, "go.sum"), "");
    writeFileSync(
      join(go, "tool", "main.go"),
      'package main\n\nvar version string\n\nfunc main() { println("tool v" + version + " from Go") }\n',
    );
    return new Resolver({
      pins: given,
      cache,
      offline,
      toolchainDir: dir,
      env: { ...process.env, PATH: withGo ? scratch.path : `${bin}:/usr/bin:/bin` },
      progress: { step: (_title, work) => work(() => undefined), say: (text) => void said.push(text) },
      ...(signal ? { signal } : {}),
    });
  }

  function runTool(path: string): string {
    const { stdout, stderr } = spawnSync(path, ["version"], { encoding: "utf8" });
    return (stdout + stderr).trim();
  }

  it("takes a program from PATH if its version fits, and asks nobody", async () => {
    scratch.program("kubectl", program("1.2.9", "PATH"));
    const toolbox = await resolver(pins()).ensure([TOOL]);
    assert.equal(toolbox.path(TOOL), join(bin, "kubectl"));
    assert.deepEqual(asked, []);
  });

  it("passes by a program in PATH of another version, and downloads the right one", async () => {
    scratch.program("kubectl", program("1.1.0", "PATH"));
    publish(program("1.2.3", "vendor"));
    const toolbox = await resolver(pins()).ensure([TOOL]);
    assert.equal(runTool(toolbox.path(TOOL)), "tool v1.2.3 from vendor");
    assert.equal(runTool(join(toolbox.binDirs[0]!, "kubectl")), "tool v1.2.3 from vendor");
  });

  it("asks the vendor once; the next run finds the cache", async () => {
    publish(program("1.2.3", "vendor"));
    await resolver(pins()).ensure([TOOL]);
    const before = asked.length;
    const [found] = await resolver(pins()).find([TOOL]);
    await resolver(pins()).ensure([TOOL]);
    assert.equal(found?.source, "cache (vendor)");
    assert.equal(asked.length, before);
  });

  it("prefers a pinned sum to the vendor's list", async () => {
    const text = program("1.2.3", "vendor");
    publish(text, "f".repeat(64));
    const sum = createHash("sha256").update(text).digest("hex");
    await resolver(pins(address(), { [`${os}-${arch}`]: sum })).ensure([TOOL]);
    assert.ok(!asked.includes("/v1.2.3/SHA256SUMS"));
  });

  it("refuses a wrong sum with both sums named, and keeps nothing", async () => {
    publish(program("1.2.3", "someone else"), "f".repeat(64));
    await assert.rejects(
      resolver(pins()).ensure([TOOL]),
      /SHA-256 is [0-9a-f]{64}, should be f{64}; refused/,
    );
    assert.equal((await resolver(pins()).find([TOOL]))[0]?.source, "missing");
    assert.equal(existsSync(join(cache.dir, "tools")), false);
  });

  it("refuses a release that no published sum names", async () => {
    publish(program("1.2.3", "vendor"));
    files["/v1.2.3/SHA256SUMS"] = { body: Buffer.from("<html></html>") };
    await assert.rejects(resolver(pins()).ensure([TOOL]), /SHA256SUMS holds no SHA-256 of kubectl; refused/);
  });

  it("refuses a program with the right sum and another version", async () => {
    publish(program("6.6.6", "vendor"));
    await assert.rejects(resolver(pins()).ensure([TOOL]), /says it is version 6\.6\.6, should be 1\.2\.3/);
  });

  it("builds with Go after a wrong sum, and says why", async function () {
    this.timeout(120_000);
    publish(program("1.2.3", "someone else"), "f".repeat(64));
    const toolbox = await resolver(pins(), { withGo: true }).ensure([TOOL]);
    assert.equal(runTool(toolbox.path(TOOL)), "tool v1.2.3 from Go");
    assert.match(said.join("\n"), /refused/);
  });

  it("refuses a download that broke off", async () => {
    publish(program("1.2.3", "vendor"));
    files[`/v1.2.3/${os}/${arch}/kubectl`]!.truncated = true;
    await assert.rejects(resolver(pins()).ensure([TOOL]), /the download broke off after 0\.0 MB/);
    assert.equal(existsSync(join(cache.dir, "tools")), false);
  });

  it("goes on within seconds when the vendor's host is out of reach, and says so once", async function () {
    this.timeout(30_000);
    const silent = await silentHost("127.80.3.2");
    try {
      const before = Date.now();
      const given = resolver(pins(`http://127.80.3.2:${silent.port}`));
      await assert.rejects(
        given.ensure([TOOL]),
        /127\.80\.3\.2:\d+ is out of reach; there is no Go compiler/,
      );
      const elapsed = Date.now() - before;
      assert.ok(elapsed >= 3_000 && elapsed < 6_000, `${elapsed} ms`);
      assert.equal(said.filter((s) => s.includes("out of reach")).length, 1);
    } finally {
      silent.stop();
    }
  });

  it("asks no vendor offline", async function () {
    this.timeout(120_000);
    publish(program("1.2.3", "vendor"));
    const toolbox = await resolver(pins(), { withGo: true, offline: true }).ensure([TOOL]);
    assert.equal(runTool(toolbox.path(TOOL)), "tool v1.2.3 from Go");
    assert.deepEqual(asked, []);
  });

  it("leaves no half tool when its process is killed in the middle of a build, and the next run is whole", async function () {
    this.timeout(120_000);
    const started = join(dir, "started");
    scratch.program(
      "go",
      // Answers what it is asked first; a build writes half a program, then hangs.
      `#!/bin/bash\n[ "$1" = env ] && { printf 'go1.99\\n${os}\\n${arch}\\n'; exit; }\n` +
        `while [ "$1" != -o ]; do shift; done; echo half > "$2/tool"; echo $$ > ${started}.new; mv ${started}.new ${started}; exec sleep 600\n`,
    );
    const script = join(dir, "ensure.ts");
    writeFileSync(
      script,
      `import { Resolver } from ${JSON.stringify(join(__dirname, "../../../toolchain/resolver"))};
import { Cache } from ${JSON.stringify(join(__dirname, "../../../toolchain/cache"))};
import { silentProgress } from ${JSON.stringify(join(__dirname, "../../../base/progress"))};
void new Resolver({ pins: ${JSON.stringify(pins())}, cache: new Cache(${JSON.stringify(cache.dir)}), offline: true, toolchainDir: ${JSON.stringify(dir)}, progress: silentProgress }).ensure(["kubectl"]);`,
    );
    resolver(pins());
    const child = spawn(
      process.execPath,
      ["--require", require.resolve("../../../base/register.js"), script],
      {
        env: { ...process.env, PATH: scratch.path },
        stdio: ["ignore", "inherit", "inherit"],
      },
    );
    await waitFor("the build has begun", () => (existsSync(started) ? true : undefined), { timeout: 20_000 });
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await ended;
    process.kill(Number(readFileSync(started, "utf8")), "SIGKILL");
    assert.equal(readdirSync(join(cache.dir, "tmp")).length, 1, "the dead run left its folder");
    rmSync(join(bin, "go"));

    assert.equal(
      (await resolver(pins(), { withGo: true, offline: true }).find([TOOL]))[0]?.source,
      "missing",
    );
    const toolbox = await resolver(pins(), { withGo: true, offline: true }).ensure([TOOL]);
    assert.equal(runTool(toolbox.path(TOOL)), "tool v1.2.3 from Go");
    assert.deepEqual(readdirSync(join(cache.dir, "tmp")), []);
    assert.deepEqual(readdirSync(join(cache.dir, "locks")), []);
  });

  it("stops a build when it is told to", async function () {
    this.timeout(60_000);
    const started = join(dir, "started");
    scratch.program(
      "go",
      `#!/bin/bash\n[ "$1" = env ] && { printf 'go1.99\\n${os}\\n${arch}\\n'; exit; }\necho $$ > ${started}.new; mv ${started}.new ${started}; exec sleep 600\n`,
    );
    const controller = new AbortController();
    const building = resolver(pins(), { offline: true, signal: controller.signal }).ensure([TOOL]);
    const rejected = assert.rejects(building, /enough/);
    await waitFor("the build has begun", () => (existsSync(started) ? true : undefined), { timeout: 10_000 });
    controller.abort(new Error("enough"));
    await rejected;
    assert.throws(() => process.kill(Number(readFileSync(started, "utf8")), 0), { code: "ESRCH" });
  });
});

/** A port that takes no connection and refuses none, like a host behind a firewall: a stopped process with a full queue. */
async function silentHost(host: string): Promise<{ port: number; stop: () => void }> {
  const listen = `const s = require("node:net").createServer().listen({ port: 0, host: "${host}", backlog: 1 }, () => console.log(s.address().port))`;
  const child = spawn(process.execPath, ["-e", listen], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const port = Number(line.toString());
  child.kill("SIGSTOP");
  const fillers: Socket[] = [];
  const stop = (): void => {
    for (const socket of fillers) socket.destroy();
    child.kill("SIGKILL");
  };
  for (let full = false; !full;) {
    if (fillers.length > 10) {
      stop();
      throw new Error("the queue of a stopped process does not fill up");
    }
    const socket = connect({ port, host }).on("error", () => undefined);
    fillers.push(socket);
    full = await Promise.race([once(socket, "connect").then(() => false), setTimeout(300, true)]);
  }
  return { port, stop };
}
