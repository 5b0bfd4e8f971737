import { join, resolve } from "node:path";
import { shellWord } from "../base/shell";
import type { Toolbox } from "../toolchain/resolve";
import { fabricEnvironment } from "./fabric";
import type { Room } from "./room";

export const PROJECT_DIR = resolve(__dirname, "..");

/**
 * Passphrase of the lab's secrets. It is no secret: the salts in Pulumi.*.yaml of the lab belong to it, and what it
 * guards is the room of this machine, whose folder only its owner may enter. A site sets its own.
 */
const LAB_PASSPHRASE = "lectern-lab";

/** The variables by which `pulumi`, `kubectl` and the programs of the stacks find this room. */
export function roomVariables(room: Room, toolbox: Toolbox): Record<string, string> {
  const { registry } = room.inventory.services;
  return {
    PATH: toolbox.searchPath(),
    KUBECONFIG: kubeconfigFile(room),
    LECTERN_ROOM: room.name,
    LECTERN_ROOM_DIR: room.dir,
    LECTERN_REGISTRY: `${registry.address}:${registry.port}`,
    LECTERN_ROOM_IBSIM: fabricEnvironment(room).env["IBSIM_SOCKNAME"] ?? "",
    LECTERN_VOLCANO_CHART: toolbox.data("volcano-chart"),
    LECTERN_KWOK_STAGES: join(room.dir, "pods/stages"),
    PULUMI_BACKEND_URL: `file://${join(room.dir, "pulumi")}`,
    PULUMI_HOME: pulumiHome(room),
    PULUMI_CONFIG_PASSPHRASE: LAB_PASSPHRASE,
    PULUMI_OPTION_POLICY_PACK: join(PROJECT_DIR, "policies"),
    PULUMI_SKIP_UPDATE_CHECK: "1",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
}

/** The administrator's kubeconfig of the room's cluster; there once the site stack is up. */
export function kubeconfigFile(room: Room): string {
  return join(room.dir, "kubernetes/admin.kubeconfig");
}

export function pulumiHome(room: Room): string {
  return join(room.dir, "pulumi-home");
}

/** Lines for `eval` in a POSIX shell. */
export function shellExports(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${shellWord(value)}`)
    .join("\n");
}
