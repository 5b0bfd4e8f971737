import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { Provider, type ProviderSpec } from "./provider";

/** A resource with a rack's worth of inputs must fit; gRPC's own limit is 4 MB. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

/**
 * Serves the provider on a free loopback port and prints the port as the one line the engine waits for.
 * Ends when the process that started it does, so that a killed engine leaves nothing behind.
 * @param spec The engine's address is taken from the command line unless it is given here.
 * @returns the port
 */
export async function serveProvider(spec: ProviderSpec): Promise<number> {
  const engineAddress = spec.engineAddress ?? process.argv.slice(2).find((arg) => !arg.startsWith("-"));
  const server = new Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  server.addService(ResourceProviderService, new Provider({ ...spec, engineAddress }).service());
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  endWithParent();
  process.stdout.write(`${port}\n`);
  return port;
}

function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, 1_000).unref();
}
