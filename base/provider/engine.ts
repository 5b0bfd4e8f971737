import { credentials } from "@grpc/grpc-js";
import type { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { Context } from "./kinds";

const SEVERITIES = { debug: 0, info: 1, warning: 2, error: 3 } as const;

/** The engine's log, reached over gRPC. Connects at the first message, so that a silent provider starts fast. */
export class EngineLog {
  private client: EngineClient | undefined;

  /** @param address host:port from the command line; without one, messages are dropped. */
  constructor(private readonly address: string | undefined) {}

  /** A logger for one resource, as {@link Context} wants it. */
  forResource(urn: string): Context["log"] {
    return (severity, message, options) => this.send(urn, severity, message, options?.status ?? false);
  }

  private send(urn: string, severity: keyof typeof SEVERITIES, message: string, ephemeral: boolean): void {
    if (this.address === undefined) return;
    /* eslint-disable @typescript-eslint/no-require-imports -- loaded at the first message only */
    const { EngineClient } =
      require("@pulumi/pulumi/proto/engine_grpc_pb") as typeof import("@pulumi/pulumi/proto/engine_grpc_pb");
    const { LogRequest } =
      require("@pulumi/pulumi/proto/engine_pb") as typeof import("@pulumi/pulumi/proto/engine_pb");
    /* eslint-enable @typescript-eslint/no-require-imports */
    this.client ??= new EngineClient(this.address, credentials.createInsecure());
    const request = new LogRequest()
      .setUrn(urn)
      .setSeverity(SEVERITIES[severity])
      .setMessage(message)
      .setEphemeral(ephemeral);
    // The engine may be gone already; a lost line is no reason to fail the resource.
    this.client.log(request, () => undefined);
  }
}
