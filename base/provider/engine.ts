import { credentials } from "@grpc/grpc-js";
import type { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";

/** Lines for the operator, through the engine. Before it is attached, and if the engine is gone, they are dropped. */
export class EngineLog {
  private address: string | undefined;
  private client: EngineClient | undefined;

  /** @param address `host:port` of the engine; it is connected to at the first line. */
  attach(address: string): void {
    if (address === this.address) return;
    this.client?.close();
    this.client = undefined;
    this.address = address;
  }

  info(urn: string, message: string): void {
    this.log("INFO", urn, message, false);
  }

  warn(urn: string, message: string): void {
    this.log("WARNING", urn, message, false);
  }

  /** A line that the next one takes the place of. */
  status(urn: string, message: string): void {
    this.log("INFO", urn, message, true);
  }

  private log(severity: "INFO" | "WARNING", urn: string, message: string, ephemeral: boolean): void {
    if (this.address === undefined) return;
    /* eslint-disable @typescript-eslint/no-require-imports -- loaded at the first line, so that a provider starts fast */
    const { EngineClient } =
      require("@pulumi/pulumi/proto/engine_grpc_pb") as typeof import("@pulumi/pulumi/proto/engine_grpc_pb");
    const { LogRequest, LogSeverity } =
      require("@pulumi/pulumi/proto/engine_pb") as typeof import("@pulumi/pulumi/proto/engine_pb");
    /* eslint-enable @typescript-eslint/no-require-imports */
    this.client ??= new EngineClient(this.address, credentials.createInsecure());
    const request = new LogRequest();
    request.setSeverity(LogSeverity[severity]);
    request.setUrn(urn);
    request.setMessage(message);
    request.setEphemeral(ephemeral);
    // The engine may be gone already; a lost line is no reason to fail the resource.
    this.client.log(request, () => undefined);
  }
}
