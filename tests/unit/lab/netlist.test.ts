import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { readInventory } from "../../../bare-metal/inventory/validate";
import { inventoryTemplate } from "../../../lab/room";
import { renderNetlist } from "../../../lab/netlist";

const inventory = readInventory(inventoryTemplate("127.80"), "room.yaml");

/** Every `[port] "peer"[port]` of a netlist, by its own end. */
function cables(netlist: string): Map<string, string> {
  const ends = new Map<string, string>();
  for (const record of netlist.trim().split("\n\n")) {
    const node = /^(?:Hca|Switch) \d+ "([^"]+)"$/m.exec(record)?.[1];
    for (const [, port, peer, far] of record.matchAll(/^\[(\d+)\](?:\(\w+\))?\t"([^"]+)"\[(\d+)\]$/gm)) {
      assert.ok(!ends.has(`${node}:${port}`), `${node}:${port} holds two cables`);
      ends.set(`${node}:${port}`, `${peer}:${far}`);
    }
  }
  return ends;
}

describe("netlist of ibsim", () => {
  it("is the golden file for the room", () => {
    assert.equal(renderNetlist(inventory), readFileSync(join(__dirname, "golden", "room.net"), "utf8"));
  });

  it("names both ends of every cable alike, for any number of hosts and of links", () => {
    const shape = fc.record({
      hosts: fc.array(fc.nat(2), { minLength: 1, maxLength: 20 }),
      links: fc.array(
        fc.tuple(fc.nat(2), fc.nat(2)).filter(([a, b]) => a !== b),
        { maxLength: 8 },
      ),
    });
    fc.assert(
      fc.property(shape, ({ hosts, links }) => {
        const guid = (n: number): string => `0x${n.toString(16).padStart(16, "0")}`;
        const base = inventory.machines[0]!;
        const machines = hosts.map((leaf, i) => ({
          ...base,
          name: `h${i}`,
          hardware: {
            ...base.hardware,
            hcas: [
              { name: "mlx5_0", guid: guid(2 * i + 100), portGuid: guid(2 * i + 101), switch: `s${leaf}` },
            ],
          },
        }));
        const fabric = {
          subnetManager: `h${hosts.length - 1}`,
          switches: [0, 1, 2].map((i) => ({ name: `s${i}`, guid: guid(i + 1), ports: 36 })),
          links: links.map(([a, b]): [string, string] => [`s${a}`, `s${b}`]),
        };
        const netlist = renderNetlist({ fabric, machines });
        const ends = cables(netlist);
        assert.equal(ends.size, 2 * (hosts.length + links.length));
        for (const [near, far] of ends) assert.equal(ends.get(far), near);
        assert.match(
          netlist,
          new RegExp(`^caguid=.*\\nHca 1 "h${hosts.length - 1}"`),
          "the subnet manager stands first",
        );
      }),
    );
  });

  it("refuses more cables than a switch has ports", () => {
    const fabric = {
      ...inventory.fabric,
      switches: inventory.fabric.switches.map((s) => ({ ...s, ports: 4 })),
    };
    assert.throws(() => renderNetlist({ ...inventory, fabric }), /switch leaf1: 4 ports are too few/);
  });
});
