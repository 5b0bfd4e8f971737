import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { EngineLog } from "./engine";
import { providerService } from "./service";

// States are sent whole: gRPC's limit of 4 MB for one message is too low for large properties.
const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
const log = new EngineLog();
server.addService(ResourceProviderService, providerService(log));

const engine = process.argv[2];
if (engine !== undefined) log.attach(engine);

server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});

// The engine holds the other end of stdin: when it closes, however the engine ended, nobody is left to serve.
process.stdin
  .on("end", () => process.exit(0))
  .on("error", () => process.exit(0))
  .resume();
