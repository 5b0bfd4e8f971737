import type { Inventory } from "../bare-metal/inventory/inventory";

interface End {
  readonly node: string;
  readonly port: number;
}

/**
 * The fabric of an inventory as ibsim reads it (ibsim's README, "net file").
 * Cables take a switch's ports from 1 up: machines first in the inventory's order, then links between switches.
 * The subnet manager's HCA stands first, as ibsim takes the first port for the SM's.
 * @throws {Error} if a switch has fewer ports than cables
 */
export function renderNetlist({ fabric, machines }: Pick<Inventory, "fabric" | "machines">): string {
  const peers = new Map(fabric.switches.map((s) => [s.name, [] as (End & { readonly portGuid?: string })[]]));
  const plug = (name: string, peer: (port: number) => End & { readonly portGuid?: string }): number => {
    const ports = peers.get(name);
    const size = fabric.switches.find((s) => s.name === name)?.ports ?? 0;
    if (!ports || ports.length >= size)
      throw new Error(`switch ${name}: ${size} ports are too few for its cables`);
    ports.push(peer(ports.length + 1));
    return ports.length;
  };

  const first = (name: string): number => (name === fabric.subnetManager ? 0 : 1);
  const hosts = [...machines].sort((a, b) => first(a.name) - first(b.name));
  const records = hosts.flatMap(({ name, hardware }) =>
    hardware.hcas.map((hca, i) => {
      // ibsim knows a host by its first HCA's name: SIM_HOST.
      const node = i === 0 ? name : `${name}-${hca.name}`;
      const at = plug(hca.switch, () => ({ node, port: 1, portGuid: hca.portGuid }));
      return [
        `caguid=${hca.guid}`,
        `Hca 1 "${node}"`,
        `[1](${bare(hca.portGuid)})\t"${hca.switch}"[${at}]`,
      ].join("\n");
    }),
  );
  for (const [a, b] of fabric.links) {
    const far = (peers.get(b)?.length ?? 0) + (a === b ? 2 : 1);
    const near = plug(a, () => ({ node: b, port: far }));
    plug(b, () => ({ node: a, port: near }));
  }
  for (const { name, guid, ports } of fabric.switches) {
    const cables = (peers.get(name) ?? []).map((peer, i) => `[${i + 1}]\t"${peer.node}"[${peer.port}]`);
    records.push([`switchguid=${guid}`, `Switch ${ports} "${name}"`, ...cables].join("\n"));
  }
  return `${records.join("\n\n")}\n`;
}

function bare(guid: string): string {
  return guid.replace(/^0x/, "");
}
