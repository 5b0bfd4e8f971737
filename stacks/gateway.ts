import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { FaultCollector } from "../base/faults";
import { gatewayProgram } from "../bare-metal/gateway/program";
import { ControlGateway } from "../components/control-gateway";
import { defaultCacheDir } from "../toolchain/cache";
import type { StackConfig } from "./config";
import { readGatewayImages } from "./gateway-images";

/** The control gateway, where the site has Lectern set it up. */
export function declareGateway({
  config,
  inventory,
  credentials,
}: Pick<StackConfig & { kind: "site" }, "config" | "inventory" | "credentials">): ControlGateway | undefined {
  const { gateway } = config;
  if (!gateway) return undefined;
  const { host, port, user, hostKey, tlsPort, node, dhcp } = gateway;
  const { address, port: bootPort } = inventory.services.boot;
  const faults = new FaultCollector();
  const images = readGatewayImages(gateway, faults);
  faults.throwIfAny("lectern:site.gateway");
  const { privateKey, password } = credentials.gateway ?? {};
  const { interface: device, mode, discovery, gateway: router } = dhcp ?? {};
  return new ControlGateway("gateway", {
    connection: {
      ...{ host, port, user, hostKey },
      ...(privateKey !== undefined && { privateKey: pulumi.secret(privateKey) }),
      ...(password !== undefined && { password: pulumi.secret(password) }),
    },
    boot: { address, port: bootPort, tlsPort },
    token: credentials.bootToken,
    ...(device !== undefined &&
      mode !== undefined && {
        dhcp: {
          ...{ interface: device, mode, network: inventory.networks.provisioning },
          machines: inventory.machines.map(({ mac, name, address }) => ({ mac, name, address })),
          ...(discovery && { discovery }),
          ...(router !== undefined && { gateway: router }),
        },
      }),
    images,
    program: gatewayProgram(join(defaultCacheDir(), "gateway")),
    node,
  });
}
