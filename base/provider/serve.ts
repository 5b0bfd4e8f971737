import { fstatSync } from "node:fs";
import { Server, ServerCredentials, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import type { ProviderSpec } from "./kinds";
import { providerService } from "./service";

/**
 * Serves a provider on a free loopback port, and prints the port as the one line that the engine waits for. The engine's
 * address is the first word of the command line. Ends with the engine, however that ends.
 * @param ended Told of the types that were worked with, at the end. Not told where it is killed.
 */
export function serveProvider(
  spec: ProviderSpec,
  ended: (...types: string[]) => void = () => undefined,
): void {
  const types = new Set<string>();
  // States are sent whole: gRPC's limit of 4 MB for one message is too low for large properties.
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  const engineAddress = process.argv.slice(2).find((word) => !word.startsWith("-"));
  server.addService(
    ResourceProviderService,
    providerService(
      { ...spec, kinds: noted(spec.kinds, types) },
      engineAddress,
    ) as UntypedServiceImplementation,
  );
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
  });
  endWithEngine();
  process.once("exit", () => ended(...types));
}

/** Kinds that note which of them are asked for. */
function noted(kinds: ProviderSpec["kinds"], types: Set<string>): ProviderSpec["kinds"] {
  const entries = Object.entries(kinds);
  return Object.fromEntries(entries.map(([type, kind]) => [type, () => (types.add(type), kind())]));
}

/**
 * The engine interrupts a provider that it no longer needs, and waits for it. It holds the other end of stdin; where stdin
 * is no pipe, the engine's process is looked at.
 */
function endWithEngine(): void {
  const end = (): never => process.exit(0);
  process.once("SIGINT", end);
  const stdin = fstatSync(0);
  if (stdin.isFIFO() || stdin.isSocket()) {
    process.stdin.on("end", end).on("error", end).resume();
    return;
  }
  const engine = process.ppid;
  setInterval(() => process.ppid !== engine && end(), 1_000).unref();
}
