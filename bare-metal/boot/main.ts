import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { credentialsSchema } from "../inventory/credentials";
import { loadImages } from "./images";
import { createBootService } from "./service";

/** The rest of the file is of no matter here. */
const tokenSchema = z.object({ bootToken: credentialsSchema.shape.bootToken });

/** `main.ts --address A --port P --state-dir DIR --credentials FILE`; images are in DIR/images. Ends on SIGTERM. */
async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: { address: text, port: text, "state-dir": text, credentials: text },
  });
  const { address, port, "state-dir": stateDir, credentials } = values;
  if (!address || !port || !stateDir || !credentials) {
    throw new Error("usage: main.ts --address ADDRESS --port PORT --state-dir DIR --credentials FILE");
  }
  const { bootToken } = tokenSchema.parse(JSON.parse(readFileSync(credentials, "utf8")));
  const server = createBootService({
    url: `http://${address}:${port}`,
    stateDir,
    adminToken: bootToken,
    images: await loadImages(join(stateDir, "images")),
    log: (line) => process.stdout.write(`${line}\n`),
  });
  server.listen(Number(port), address, () => process.stdout.write(`listening on ${address}:${port}\n`));
  server.on("error", fail);
  const stop = (): void => {
    server.close();
    server.closeIdleConnections();
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

function fail(error: unknown): void {
  process.stderr.write(`boot service: ${(error as Error).message}\n`);
  process.exitCode = 1;
}

main().catch(fail);
