import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { credentialsSchema } from "../inventory/credentials";
import { loadImages } from "./images";
import { createBootServers } from "./service";
import { ensureBootTls } from "./tls";

/** The rest of the file is of no matter here. */
const tokenSchema = z.object({ bootToken: credentialsSchema.shape.bootToken });
const USAGE = "usage: --address ADDRESS --port PORT [--tls-port PORT] --state-dir DIR --credentials FILE";

/**
 * The boot service: `--address A --port P [--tls-port P] --state-dir DIR --credentials FILE`; images are in DIR/images, the key of
 * the TLS side in DIR/tls. SIGHUP reads the images anew. Ends on SIGTERM.
 */
export async function serve(args: readonly string[]): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { address: text, port: text, "tls-port": text, "state-dir": text, credentials: text },
  });
  const { address, port, "tls-port": tlsPort, "state-dir": stateDir, credentials } = values;
  if (!address || !port || !stateDir || !credentials) throw new Error(USAGE);
  const { bootToken } = tokenSchema.parse(JSON.parse(readFileSync(credentials, "utf8")));
  const log = (line: string): void => void process.stdout.write(`${line}\n`);
  const tls = tlsPort ? await ensureBootTls(join(stateDir, "tls"), address) : undefined;
  let images = await loadImages(join(stateDir, "images"));
  const servers = createBootServers({
    url: `http://${address}:${port}`,
    ...(tls && { secure: { url: `https://${address}:${tlsPort}`, ...tls } }),
    stateDir,
    adminToken: bootToken,
    images: () => images,
    log,
  });
  const listen = (server: Server, at: number): void => {
    server.listen(at, address, () => log(`listening on ${address}:${at}`));
    server.on("error", fail);
  };
  listen(servers.plain, Number(port));
  if (servers.tls) listen(servers.tls, Number(tlsPort));
  if (tls) log(`TLS at ${address}:${tlsPort}, pin ${tls.pin}`);
  process.on("SIGHUP", () => {
    loadImages(join(stateDir, "images")).then(
      (loaded) => {
        images = loaded;
        log("images read anew");
      },
      (error: unknown) => log(`images not read anew, the old ones stay: ${(error as Error).message}`),
    );
  });
  const stop = (): void => {
    for (const server of [servers.plain, servers.tls]) {
      server?.close();
      server?.closeIdleConnections();
    }
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

function fail(error: unknown): void {
  process.stderr.write(`boot service: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
