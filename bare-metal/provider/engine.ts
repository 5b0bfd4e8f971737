import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** Lines for the operator, through the engine. Before it is attached, and if the engine is gone, they are dropped. */
export class EngineLog {
  private client: EngineClient | undefined;

  /** @param address `host:port` of the engine */
  attach(address: string): void {
    this.client?.close();
    this.client = new EngineClient(address, credentials.createInsecure());
  }

  warn(urn: string, message: string): void {
    this.log(LogSeverity.WARNING, urn, message, false);
  }

  status(urn: string, message: string): void {
    this.log(LogSeverity.INFO, urn, message, true);
  }

  close(): void {
    this.client?.close();
    this.client = undefined;
  }

  private log(severity: LogSeverity, urn: string, message: string, ephemeral: boolean): void {
    const request = new LogRequest();
    request.setSeverity(severity);
    request.setUrn(urn);
    request.setMessage(message);
    request.setEphemeral(ephemeral);
    this.client?.log(request, () => undefined);
  }
}
