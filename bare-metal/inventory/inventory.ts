import { z } from "zod";
import { parseSize } from "../../base/units";
import { diskConfigSchema } from "../install/order";

/** What a machine is for. It decides labels, taints and what runs there. */
export const MACHINE_ROLES = ["control-plane", "gpu", "cpu", "storage"] as const;
export type MachineRole = (typeof MACHINE_ROLES)[number];

const name = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "not a DNS label (RFC 1123): a-z, 0-9 and -, at most 63");
const ipv4 = z.ipv4("not an IPv4 address");
const cidr = z.cidrv4("not an IPv4 network such as 10.1.0.0/24");
const port = z.int().min(1).max(65535);
const mac = z
  .string()
  .regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/, "not a MAC address in lower case, such as 52:54:00:71:00:0a");
const guid = z.string().regex(/^0x[0-9a-f]{16}$/, "not a 64-bit GUID such as 0x0002c90300710001");
const size = z.string().refine((text) => parseSize(text) !== undefined, "not a size such as 80Gi");
const endpoint = z.strictObject({ address: ipv4, port });
/** Pin of a service's key: `sha256//` and the Base64 digest of its public key (RFC 7469, 2.4). */
export const keyPin = z.string().regex(/^sha256\/\/[A-Za-z0-9+/]{43}=$/, "not sha256// and a Base64 digest");

const gpus = z.strictObject({
  /** NVIDIA product name as GPU feature discovery writes it, such as `NVIDIA-A100-SXM4-80GB`. */
  model: z
    .string()
    .regex(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/, "not a label value of Kubernetes"),
  count: z.int().min(0).max(16),
  /** Memory of one GPU. */
  memory: size,
});

const hca = z.strictObject({
  /** Device name under /sys/class/infiniband, such as `mlx5_0`. */
  name: z.string().regex(/^[a-z0-9_]{1,63}$/, "not a device name"),
  /** Node GUID (InfiniBand Architecture Specification, volume 1, 4.1.1). */
  guid,
  /** GUID of port 1: what partitions name. */
  portGuid: guid,
  /** Name of the switch that port 1 is cabled to. */
  switch: name,
});

const hardware = z.strictObject({
  cpus: z.int().min(1).max(1024),
  memory: size,
  gpus: gpus.optional(),
  hcas: z.array(hca).max(16).default([]),
});

/** System GUID that the BMC must answer, 32 hexadecimal digits in whichever byte order. Default: not checked. */
const systemGuid = z
  .string()
  .regex(/^[0-9a-f]{32}$/, "not 32 hexadecimal digits in lower case")
  .optional();

/** A BMC that speaks IPMI 2.0. */
export const ipmiBmcSchema = z.strictObject({
  /** Default: IPMI. */
  protocol: z.literal("ipmi").optional(),
  address: ipv4,
  port: port.default(623),
  user: z.string().min(1).max(16),
  /** RMCP+ cipher suite: 17 (HMAC-SHA256), or 3 (HMAC-SHA1) only where the BMC knows no better. */
  cipherSuite: z.union([z.literal(17), z.literal(3)]).default(17),
  systemGuid,
});

/** A BMC that speaks Redfish. */
export const redfishBmcSchema = z.strictObject({
  protocol: z.literal("redfish"),
  address: ipv4,
  port: port.default(443),
  user: z.string().min(1).max(64),
  /**
   * SHA-256 fingerprint of its certificate. Default: an authority that Node.js knows (NODE_EXTRA_CA_CERTS among them)
   * must vouch for its address.
   */
  certificate: z
    .string()
    .regex(/^([0-9a-fA-F]{2}:?){31}[0-9a-fA-F]{2}$/, "not a SHA-256 fingerprint of 64 hexadecimal digits")
    .optional(),
  /** Id of the machine among the systems of a BMC that serves several. Default: the only one. */
  system: z.string().min(1).max(128).optional(),
  systemGuid,
});

const NO_PROTOCOL = { error: "not a protocol: ipmi or redfish" };

const machine = z.strictObject({
  name,
  role: z.enum(MACHINE_ROLES),
  bmc: z.discriminatedUnion("protocol", [ipmiBmcSchema, redfishBmcSchema], NO_PROTOCOL),
  /** MAC of the interface that boots over the network. */
  mac,
  /** Address of the machine in the provisioning network. */
  address: ipv4,
  /**
   * The disk that it is installed to: one. An empty disk, or one that this site installed before, is written; any other
   * only with `erase: true`. Default: none, it runs in memory and no disk is written.
   */
  disks: z.array(diskConfigSchema).max(1, "more than one disk: a node is installed to one").default([]),
  /** What the machine must report when it boots. */
  hardware,
  /**
   * Whether it is kept for groups of students (`allocation` of a course): no other work of a course runs there.
   * Default false.
   */
  reserved: z.boolean().optional(),
});

/** The room as written down: services, networks, fabric, machines. */
export const inventorySchema = z.strictObject({
  site: name,
  networks: z.strictObject({ management: cidr, provisioning: cidr, pods: cidr, services: cidr }),
  services: z.strictObject({
    /**
     * The boot service on the control gateway. `tls` is the port at which it speaks TLS, and the pin of its key, where
     * the site's stack does not set it up: without it, it is spoken to on this machine only.
     */
    boot: endpoint.extend({ tls: z.strictObject({ port, pin: keyPin }).optional() }),
    registry: endpoint,
    apiServer: endpoint,
    ceph: z.strictObject({ monitors: z.array(endpoint).min(1) }),
  }),
  fabric: z.strictObject({
    /** Machine on which OpenSM runs. */
    subnetManager: name,
    switches: z.array(z.strictObject({ name, guid, ports: z.int().min(2).max(128) })).min(1),
    /** Cables between switches, by name. */
    links: z.array(z.tuple([name, name])).default([]),
  }),
  machines: z.array(machine).min(1),
});

export type Inventory = z.infer<typeof inventorySchema>;
export type InventoryMachine = Inventory["machines"][number];
export type InventoryBmc = InventoryMachine["bmc"];
export type ExpectedHardware = InventoryMachine["hardware"];

/** Where its administrator reaches a boot service that the site's stack does not set up. */
export function bootServiceOf({ address, port, tls }: Inventory["services"]["boot"]): {
  readonly url: string;
  readonly pin?: string;
} {
  if (!tls) return { url: `http://${address}:${port}` };
  return { url: `https://${address}:${tls.port}`, pin: tls.pin };
}
export type Hca = ExpectedHardware["hcas"][number];

/** What a booted machine says about itself; the shape is also what the boot service accepts. */
export const hardwareReportSchema = z.strictObject({
  cpus: z.int().min(1).max(1024),
  memoryBytes: z.int().min(1),
  gpus: z.array(z.strictObject({ model: z.string().max(63), memoryBytes: z.int().min(1) })).max(16),
  hcas: z.array(z.strictObject({ name: z.string().max(63), guid, portGuid: guid })).max(16),
});
export type HardwareReport = z.infer<typeof hardwareReportSchema>;
