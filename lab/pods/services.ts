import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { LoopbackAddresses } from "./addresses";
import type { EndpointSlice, Service } from "./objects";

/** One port of a Service, and where its ready endpoints answer. */
export interface Forward {
  readonly address: string;
  readonly port: number;
  readonly backends: readonly { readonly address: string; readonly port: number }[];
}

/** What Services ask of this machine. */
export interface WantedServices {
  /** ClusterIPs to hold, also of a Service without a ready endpoint: its callers are refused at once, not left waiting. */
  readonly addresses: ReadonlySet<string>;
  /** By `address:port`; a port without a ready endpoint is left out. */
  readonly forwards: ReadonlyMap<string, Forward>;
}

/** What kube-proxy would do for these Services: TCP, IPv4, endpoints that are ready (discovery.k8s.io/v1). */
export function wantedServices(
  services: readonly Service[],
  slices: readonly EndpointSlice[],
): WantedServices {
  const addresses = new Set<string>();
  const forwards = new Map<string, Forward>();
  for (const service of services) {
    const address = service.spec.clusterIP;
    if (address === undefined || address === "None" || !address.includes(".")) continue;
    addresses.add(address);
    const own = slices.filter(
      (s) =>
        s.addressType === "IPv4" &&
        s.metadata.namespace === service.metadata.namespace &&
        s.metadata.labels?.["kubernetes.io/service-name"] === service.metadata.name,
    );
    for (const { name = "", protocol = "TCP", port } of service.spec.ports ?? []) {
      if (protocol !== "TCP") continue;
      const backends = own.flatMap((slice) => endpointsOf(slice, name));
      if (backends.length > 0) forwards.set(`${address}:${port}`, { address, port, backends });
    }
  }
  return { addresses, forwards };
}

function endpointsOf(slice: EndpointSlice, portName: string): { address: string; port: number }[] {
  const port = slice.ports?.find((p) => (p.name ?? "") === portName && (p.protocol ?? "TCP") === "TCP")?.port;
  if (port === undefined) return [];
  return (slice.endpoints ?? [])
    .filter((e) => e.conditions?.ready ?? true)
    .flatMap((e) => e.addresses.slice(0, 1).map((address) => ({ address, port })));
}

/** Forwards TCP connections from ClusterIPs on loopback to endpoints. */
export class ServiceForwarder {
  private readonly servers = new Map<string, Listener>();
  private readonly clusterAddresses = new Set<string>();

  constructor(
    private readonly addresses: LoopbackAddresses,
    private readonly log: (line: string) => void,
  ) {}

  /** Brings addresses and listeners to what is wanted. A port that cannot be had is told in the log and tried again. */
  async apply(wanted: WantedServices): Promise<void> {
    for (const [key, listener] of this.servers) {
      const forward = wanted.forwards.get(key);
      if (forward) listener.forward = forward;
      else await this.closePort(key, listener);
    }
    for (const address of [...this.clusterAddresses].filter((a) => !wanted.addresses.has(a))) {
      await this.addresses.remove(address);
      this.clusterAddresses.delete(address);
    }
    for (const address of wanted.addresses) {
      if (this.clusterAddresses.has(address)) continue;
      await this.attempt(address, async () => {
        await this.addresses.add(address);
        this.clusterAddresses.add(address);
      });
    }
    for (const [key, forward] of wanted.forwards) {
      if (this.servers.has(key) || !this.clusterAddresses.has(forward.address)) continue;
      await this.attempt(key, async () => {
        this.servers.set(key, await Listener.open(forward));
        this.log(
          `service ${key} forwards to ${forward.backends.map((b) => `${b.address}:${b.port}`).join(", ")}`,
        );
      });
    }
  }

  /** Closes every listener and gives back every ClusterIP. */
  async close(): Promise<void> {
    await this.apply({ addresses: new Set(), forwards: new Map() });
  }

  private async closePort(key: string, listener: Listener): Promise<void> {
    this.servers.delete(key);
    await listener.close();
    this.log(`service ${key} has no ready endpoint`);
  }

  private async attempt(what: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.log(`service ${what}: ${(error as Error).message}`);
    }
  }
}

/** One listening socket; its backends take turns. */
class Listener {
  private turn = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    public forward: Forward,
  ) {
    server.on("connection", (client) => this.accept(client));
  }

  static async open(forward: Forward): Promise<Listener> {
    const server = createServer({ allowHalfOpen: true });
    server.listen({ host: forward.address, port: forward.port });
    await once(server, "listening");
    return new Listener(server, forward);
  }

  async close(): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private accept(client: Socket): void {
    const { backends } = this.forward;
    const backend = backends[this.turn++ % backends.length];
    if (!backend) {
      client.destroy();
      return;
    }
    const upstream = connect({ host: backend.address, port: backend.port, allowHalfOpen: true });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
