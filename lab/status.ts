import { existsSync } from "node:fs";
import { BootServiceClient } from "../bare-metal/boot/client";
import type { InventoryMachine } from "../bare-metal/inventory/inventory";
import { withIpmi } from "../bare-metal/ipmi";
import { GPU_RESOURCE } from "../components/plan/site-plan";
import type { Toolbox } from "../toolchain/resolve";
import { kubeconfigFile } from "./environment";
import { Kubectl, type KubeObject } from "./kubectl";
import { simulatedBmc } from "./machine";
import type { Room } from "./room";

/** One machine, as its BMC, the boot service and Kubernetes tell. */
export interface MachineStatus {
  readonly machine: string;
  readonly role: string;
  /** Address of the BMC. */
  readonly bmc: string;
  /** `on`, `off`, or `unreachable`. */
  readonly power: string;
  /** State in the boot service, such as `ready`; `unknown` if it knows nothing. */
  readonly state: string;
  readonly address: string;
  /** As reported, such as `8 × Tesla-V100-SXM2-32GB`. Empty: none, or not reported yet. */
  readonly gpus: string;
  readonly hca: string;
  /** Name of its node, empty if there is none. */
  readonly node: string;
  /** Whether the node is Ready; undefined if there is no node. */
  readonly ready?: boolean;
}

export interface QueueStatus {
  readonly queue: string;
  readonly state: string;
  /** GPUs: kept, share, ceiling. */
  readonly guarantee: number;
  readonly deserved: number;
  readonly capability: number;
  /** GPUs in use. */
  readonly allocated: number;
  readonly running: number;
  readonly pending: number;
}

export interface CourseStatus {
  readonly course: string;
  readonly title: string;
  readonly namespace: string;
  readonly students: number;
  /** GPUs requested by its pods, and the most that they may. */
  readonly gpusUsed: number;
  readonly gpusQuota: number;
  readonly pods: number;
}

export interface RoomStatus {
  readonly room: string;
  readonly machines: readonly MachineStatus[];
  readonly queues: readonly QueueStatus[];
  readonly courses: readonly CourseStatus[];
  /** Why a part could not be read. */
  readonly problems: readonly string[];
}

/** Asks every BMC, the boot service and the API server side by side. What does not answer is told, not thrown. */
export async function roomStatus(room: Room, toolbox: Toolbox): Promise<RoomStatus> {
  const problems: string[] = [];
  const attempt = async <T>(what: string, fallback: T, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      problems.push(`${what}: ${(error as Error).message.split("\n")[0]}`);
      return fallback;
    }
  };
  const { boot } = room.inventory.services;
  const bootService = new BootServiceClient({
    url: `http://${boot.address}:${boot.port}`,
    token: room.credentials.bootToken,
  });
  const kubectl = new Kubectl(toolbox, kubeconfigFile(room));
  const cluster = existsSync(kubeconfigFile(room));
  if (!cluster) problems.push("Kubernetes: not up yet");
  const [powers, records, objects] = await Promise.all([
    Promise.all(room.inventory.machines.map((machine) => powerOf(room, machine))),
    attempt("boot service", [], () => bootService.list()),
    cluster
      ? attempt("Kubernetes", [], () =>
          kubectl.list(
            "nodes,namespaces,serviceaccounts,resourcequotas,queues.scheduling.volcano.sh",
            "--all-namespaces",
          ),
        )
      : [],
  ]);
  const ofKind = (kind: string) => objects.filter((o) => o.kind === kind);
  const byMac = new Map(records.map((r) => [r.mac, r]));
  const nodes = new Map(ofKind("Node").map((n) => [n.metadata.name, n]));
  return {
    room: room.name,
    machines: room.inventory.machines.map((machine, i): MachineStatus => {
      const record = byMac.get(machine.mac);
      const node = nodes.get(machine.name);
      return {
        machine: machine.name,
        role: machine.role,
        bmc: machine.bmc.address,
        power: powers[i] ?? "unreachable",
        state: record?.state ?? "unknown",
        address: machine.address,
        gpus: gpusInWords(record?.hardware?.gpus ?? []),
        hca: (record?.hardware?.hcas ?? []).map((h) => h.name).join(","),
        node: node?.metadata.name ?? "",
        ...(node === undefined ? {} : { ready: isReady(node) }),
      };
    }),
    queues: ofKind("Queue").map(queueStatus),
    courses: ofKind("Namespace")
      .filter((n) => n.metadata.labels?.["lectern.dev/course"] !== undefined)
      .map((n) => courseStatus(n, ofKind("ResourceQuota"), ofKind("ServiceAccount"))),
    problems,
  };
}

async function powerOf(room: Room, machine: InventoryMachine): Promise<string> {
  const bmc = simulatedBmc(machine);
  const target = {
    host: bmc.address,
    port: bmc.port,
    user: bmc.user,
    password: room.credentials.bmc[machine.name]?.password ?? "",
    cipherSuite: bmc.cipherSuite,
    privilege: "user" as const,
    timeout: 1_000,
  };
  try {
    return await withIpmi(target, async (ipmi) => (await ipmi.chassisStatus()).power);
  } catch {
    return "unreachable";
  }
}

function gpusInWords(gpus: readonly { readonly model: string }[]): string {
  const counts = new Map<string, number>();
  for (const { model } of gpus) counts.set(model, (counts.get(model) ?? 0) + 1);
  return [...counts].map(([model, count]) => `${count} × ${model}`).join(", ");
}

function isReady(node: KubeObject): boolean {
  const conditions = (node.status?.["conditions"] ?? []) as { type: string; status: string }[];
  return conditions.some((c) => c.type === "Ready" && c.status === "True");
}

function queueStatus(queue: KubeObject): QueueStatus {
  const spec = (queue.spec ?? {}) as {
    guarantee?: { resource?: Record<string, unknown> };
    deserved?: Record<string, unknown>;
    capability?: Record<string, unknown>;
  };
  const status = (queue.status ?? {}) as {
    state?: string;
    allocated?: Record<string, unknown>;
    running?: number;
    pending?: number;
    inqueue?: number;
  };
  const gpus = (list: Record<string, unknown> | undefined): number => Number(list?.[GPU_RESOURCE] ?? 0);
  return {
    queue: queue.metadata.name,
    state: status.state ?? "",
    guarantee: gpus(spec.guarantee?.resource),
    deserved: gpus(spec.deserved),
    capability: gpus(spec.capability),
    allocated: gpus(status.allocated),
    running: status.running ?? 0,
    pending: (status.pending ?? 0) + (status.inqueue ?? 0),
  };
}

function courseStatus(
  namespace: KubeObject,
  quotas: readonly KubeObject[],
  accounts: readonly KubeObject[],
): CourseStatus {
  const inside = (o: KubeObject): boolean => o.metadata.namespace === namespace.metadata.name;
  const quota = quotas.find((q) => inside(q) && q.metadata.name === "course");
  const { hard = {}, used = {} } = (quota?.status ?? {}) as Record<
    "hard" | "used",
    Record<string, string> | undefined
  >;
  const gpuKey = `requests.${GPU_RESOURCE}`;
  return {
    course: namespace.metadata.labels?.["lectern.dev/course"] ?? "",
    title: namespace.metadata.annotations?.["lectern.dev/title"] ?? "",
    namespace: namespace.metadata.name,
    students: accounts.filter((a) => inside(a) && a.metadata.labels?.["lectern.dev/role"] === "student")
      .length,
    gpusUsed: Number(used[gpuKey] ?? 0),
    gpusQuota: Number(hard[gpuKey] ?? 0),
    pods: Number(used["pods"] ?? 0),
  };
}
