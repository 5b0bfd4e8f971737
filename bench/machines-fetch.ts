import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProcessFolder } from "../base/processes";
import { waitFor } from "../base/wait";
import { startBootProcess } from "../tests/fixtures/boot-service";

const CLIENTS = 200;
const BYTES = 32 * 2 ** 20;
const ROUNDS = 3;
const ADDRESS = "127.79.9.1";

/**
 * Boot clients that fetch one image at once, from the boot service and from nginx with the same file: seconds until the
 * last one has it, the better of some rounds each, and our throughput as a part of nginx's.
 */
export async function run(): Promise<Record<string, unknown>> {
  const dir = mkdtempSync(join(tmpdir(), "lectern-bench-fetch-"));
  const processes = new ProcessFolder(join(dir, "run"));
  try {
    const service = { dir, address: ADDRESS, token: "t".repeat(43), content: randomBytes(BYTES) };
    const { sha256, images } = startBootProcess(processes, service);
    startNginx(processes, dir, images);
    const places = {
      bootService: { port: 8080, path: `/images/${sha256}` },
      nginx: { port: 8081, path: `/${sha256}` },
    };
    for (const place of Object.values(places))
      await waitFor(
        `port ${place.port} serves`,
        async () => ((await fetchAll(1, place)) > 0 ? true : undefined),
        {
          timeout: 30_000,
        },
      );
    const best = { bootService: Infinity, nginx: Infinity };
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of ["nginx", "bootService"] as const)
        best[name] = Math.min(best[name], await fetchAll(CLIENTS, places[name]));
    }
    return {
      fetchClients: CLIENTS,
      fetchMebibytesEach: BYTES / 2 ** 20,
      fetchSeconds: Number(best.bootService.toFixed(2)),
      fetchSecondsNginx: Number(best.nginx.toFixed(2)),
      fetchPartOfNginx: Number((best.nginx / best.bootService).toFixed(3)),
    };
  } finally {
    await processes.stopAll();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** nginx as Debian sets it up: a worker a core, sendfile. */
function startNginx(processes: ProcessFolder, dir: string, images: string): void {
  const config = join(dir, "nginx.conf");
  writeFileSync(
    config,
    [
      "user root;",
      "worker_processes auto;",
      `pid ${dir}/nginx.pid;`,
      `error_log ${dir}/nginx.log;`,
      "events { worker_connections 768; }",
      "http { sendfile on; tcp_nopush on; access_log off;",
      `server { listen ${ADDRESS}:8081; root ${images}; } }`,
      "",
    ].join("\n"),
  );
  const argv = ["nginx", "-c", config, "-g", "daemon off;"] as const;
  processes.start({ name: "nginx", argv: [...argv], logFile: join(dir, "nginx.log") });
}

/** Seconds until that many clients, which begin together, have read all of it; what they read is dropped. */
async function fetchAll(clients: number, { port, path }: { port: number; path: string }): Promise<number> {
  const began = process.hrtime.bigint();
  await Promise.all(Array.from({ length: clients }, () => fetchOne(port, path)));
  return Number(process.hrtime.bigint() - began) / 1e9;
}

function fetchOne(port: number, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let read = 0;
    // One buffer for all that comes: the client is not what is measured.
    const buffer = Buffer.alloc(256 * 1024);
    const socket = connect({
      host: ADDRESS,
      port,
      onread: { buffer, callback: (bytes) => ((read += bytes), true) },
    });
    socket.once("connect", () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
    );
    socket.once("error", reject);
    socket.once("close", () =>
      read > BYTES ? resolve() : reject(new Error(`port ${port}: ${read} bytes came, less than the image`)),
    );
  });
}
