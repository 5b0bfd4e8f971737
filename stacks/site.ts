import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { kubeconfigFile } from "../bare-metal/control-plane/kubeconfig";
import { NODE_NAME_SERVER } from "../bare-metal/control-plane/names";
import { bootServiceOf } from "../bare-metal/inventory/inventory";
import { parseDuration } from "../base/units";
import { Accelerators } from "../components/accelerators";
import { AdmissionPolicies } from "../components/admission-policies";
import { CSI_DRIVERS, CephStorage } from "../components/ceph-storage";
import { ImageCatalog } from "../components/image-catalog";
import { InfinibandFabric } from "../components/infiniband-fabric";
import { KubernetesCluster } from "../components/kubernetes-cluster";
import { MachineFleet } from "../components/machine-fleet";
import { Monitoring } from "../components/monitoring";
import type { Room } from "../components/plan/room";
import { planRoom, sitePartitions } from "../components/plan/site-plan";
import { TaskQueues } from "../components/task-queues";
import { dayOf, podSecurityExceptions } from "../policies/settings";
import { PROJECT_DIR, type StackConfig } from "./config";
import { declareGateway } from "./gateway";

/** Declares the room: machines, fabric, cluster, devices, storage, queues, images, policies, monitoring. */
export function declareSite({
  config,
  inventory,
  credentials,
}: StackConfig & { kind: "site" }): Record<string, unknown> {
  const room: Room = {
    ...planRoom(
      inventory,
      config.images.map((i) => i.name),
    ),
    semester: config.semester,
    ...(config.datasets && { datasets: config.datasets }),
    podSecurityExceptions: podSecurityExceptions(config.policies, dayOf(new Date())),
  };
  const { boot, registry, apiServer } = inventory.services;
  const registryAddress = `${registry.address}:${registry.port}`;

  const gateway = declareGateway({ config, inventory, credentials });
  const bootService = {
    ...(gateway ? { url: gateway.url, pin: gateway.pin } : bootServiceOf(boot)),
    token: pulumi.secret(credentials.bootToken),
  };
  const fleet = new MachineFleet("machines", {
    machines: inventory.machines,
    passwords: Object.fromEntries(
      Object.entries(credentials.bmc).map(([machine, { password }]) => [machine, pulumi.secret(password)]),
    ),
    boot: bootService,
    readyTimeout: parseDuration(config.machines.readyTimeout) ?? 0,
    images: config.machines.images,
    waves: config.machines.waves,
    cluster: {
      kubeconfigFile: kubeconfigFile(resolve(PROJECT_DIR, config.kubernetes.stateDir), "admin"),
      drainTimeout: parseDuration(config.machines.drainTimeout) ?? 0,
      joinTimeout: parseDuration(config.kubernetes.joinTimeout) ?? 0,
    },
  });

  const fabric = new InfinibandFabric("fabric", {
    manager: {
      partitionsFile: resolve(PROJECT_DIR, config.fabric.partitionsFile),
      pidFile: resolve(PROJECT_DIR, config.fabric.openSmPidFile),
      diagnostics: config.fabric.diagnostics,
    },
    partitions: sitePartitions(inventory),
  });

  const cluster = new KubernetesCluster("kubernetes", {
    control: {
      mode: config.kubernetes.mode,
      stateDir: resolve(PROJECT_DIR, config.kubernetes.stateDir),
      certificateLifetime: parseDuration(config.kubernetes.certificateLifetime ?? ""),
    },
    apiServer,
    podCidr: inventory.networks.pods,
    serviceCidr: inventory.networks.services,
    members: fleet.members,
    csiDrivers: CSI_DRIVERS,
    workers: {
      machines: config.kubernetes.workers,
      boot: bootService,
      joinTimeout: parseDuration(config.kubernetes.joinTimeout) ?? 0,
      sandboxImage: config.kubernetes.sandboxImage,
      plainRegistries: config.kubernetes.plainRegistries,
      nameServers: config.kubernetes.nameServers,
      timeServers: config.kubernetes.timeServers,
    },
  });
  const onCluster = { provider: cluster.provider, dependsOn: [cluster.systemNamespace] };
  const onNodes = { provider: cluster.provider, dependsOn: [cluster.systemNamespace, ...cluster.nodes] };

  new Accelerators("accelerators", {}, { providers: [cluster.provider], dependsOn: onNodes.dependsOn });
  new AdmissionPolicies(
    "policies",
    { settings: config.policies, ledger: config.ledger },
    { providers: [cluster.provider] },
  );
  if (config.ledger) {
    new Monitoring("monitoring", {}, { providers: [cluster.provider], dependsOn: onCluster.dependsOn });
  }
  const storage = new CephStorage("storage", {
    cluster: {
      conf: resolve(PROJECT_DIR, config.storage.conf),
      keyring: resolve(PROJECT_DIR, config.storage.keyring),
    },
    filesystem: config.storage.filesystem,
    kubernetes: onCluster,
  });
  const queues = new TaskQueues(
    "queues",
    { chart: resolve(PROJECT_DIR, config.queues.chart), semester: config.semester, machines: room.machines },
    { providers: [cluster.provider], dependsOn: onNodes.dependsOn },
  );
  const catalog = new ImageCatalog("images", {
    images: config.images.map(({ name, context }) => ({ name, context: resolve(PROJECT_DIR, context) })),
    registry: registryAddress,
    builder: resolve(PROJECT_DIR, "images/build.sh"),
  });

  return {
    room,
    semester: config.semester,
    ...(gateway && { bootService: { url: gateway.url, pin: gateway.pin } }),
    kubeconfig: cluster.kubeconfig,
    // What pods ask: their node, and, where they ask past it, the site's own.
    nameServers: [NODE_NAME_SERVER, ...config.kubernetes.nameServers],
    rootQueue: queues.rootQueue,
    fabric: fabric.manager,
    partitions: fabric.verified,
    storage: storage.storage,
    storageClasses: storage.storageClasses,
    images: catalog.images,
  };
}
