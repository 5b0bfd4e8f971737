import assert from "node:assert/strict";
import fc from "fast-check";
import {
  checkPartitions,
  type Fragment,
  parsePartitions,
  type Partition,
  renderPartitions,
} from "../../../../bare-metal/fabric";

const guid = (n: number): string => `0x${n.toString(16).padStart(16, "0")}`;
const member = (n: number, membership: "full" | "limited" = "full"): Partition["members"][number] => ({
  node: `gpu-${n}`,
  portGuid: guid(n),
  membership,
});
const fragment = (owner: string, ...partitions: Partition[]): Fragment => ({ owner, partitions });
const partition = (name: string, pkey: number, ...members: Partition["members"]): Partition => ({
  name,
  pkey,
  ipoib: true,
  members,
});
const problems = (...fragments: Fragment[]): string[] =>
  checkPartitions(fragments).map((f) => `${f.path}: ${f.problem}`);

/** Fragments without a fault: names and P_Keys counted, ports drawn. */
const fragments = fc
  .array(
    fc.array(
      fc.record({
        ipoib: fc.boolean(),
        ports: fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 8 }),
      }),
      {
        maxLength: 4,
      },
    ),
    { maxLength: 5 },
  )
  .map((owners) => {
    let pkey = 0;
    return owners.map((partitions, i) =>
      fragment(
        `owner-${i}`,
        ...partitions.map(({ ipoib, ports }) => ({
          ...partition(
            `p${(pkey += 1)}`,
            pkey,
            ...ports.map((n) => member(n, n % 2 === 0 ? "full" : "limited")),
          ),
          ipoib,
        })),
      ),
    );
  });

describe("partitions file", () => {
  it("is written as OpenSM reads it, owners sorted", () => {
    const text = renderPartitions([
      fragment("site", { ...partition("storage", 0x0001), ipoib: false }),
      fragment("course-ml", partition("ml", 0x0101, member(1), member(2, "limited"))),
    ]);
    assert.equal(
      text,
      `# Written by Lectern from the fragments beside it; what is changed here is lost.
Default=0x7fff, ipoib : ALL=limited, SELF=full ;

# owner: course-ml
ml=0x0101, ipoib :
  0x0000000000000001=full, # gpu-1
  0x0000000000000002=limited ; # gpu-2

# owner: site
storage=0x0001 : ;
`,
    );
  });

  it("reads back what was written", () => {
    fc.assert(
      fc.property(fragments, (written) => {
        assert.deepEqual(checkPartitions(written), []);
        assert.deepEqual(parsePartitions(renderPartitions(written)), written);
      }),
    );
  });

  it("does not read a line that it would not have written", () => {
    const text = renderPartitions([fragment("ml", partition("ml", 0x101, member(1)))]);
    assert.throws(() => parsePartitions(`${text}extra=0x0102 : ALL=full ;\n`), /extra=0x0102/);
    assert.throws(() => parsePartitions(text.replace("=full ; # gpu-1", "=full, # gpu-1")), /no end/);
  });
});

describe("checkPartitions", () => {
  it("keeps P_Keys between 0x0001 and 0x7ffe", () => {
    const at = (pkey: number): string[] => problems(fragment("ml", partition("ml", pkey)));
    assert.deepEqual([at(0x0001), at(0x7ffe)], [[], []]);
    assert.match(at(0)[0] ?? "", /not a P_Key/);
    assert.match(at(1.5)[0] ?? "", /not a P_Key/);
    assert.match(at(0x7fff)[0] ?? "", /Default partition/);
    assert.match(at(0xffff)[0] ?? "", /Default partition/);
    assert.match(at(0x8001)[0] ?? "", /membership bit/);
  });

  it("finds what two owners both took", () => {
    assert.deepEqual(problems(fragment("a", partition("x", 5)), fragment("b", partition("x", 5))), [
      "b.partitions[0].name: the same name as a.partitions[0]",
      "b.partitions[0].pkey: the same P_Key as a.partitions[0]",
    ]);
    const reserved = [{ owner: "site", pkey: 5 }];
    assert.equal(checkPartitions([fragment("a", partition("x", 5))], { reserved }).length, 1);
    assert.equal(checkPartitions([fragment("site", partition("x", 5))], { reserved }).length, 0);
  });

  it("refuses names that OpenSM would cut or misread", () => {
    const named = (name: string): number => problems(fragment("ml", partition(name, 5))).length;
    assert.equal(named("a".repeat(31)), 0);
    for (const name of ["a".repeat(32), "", "1a", "a b", "a=b", "a#", "Default", "a\nb"])
      assert.equal(named(name), 1, name);
  });

  it("refuses unknown, malformed and repeated ports", () => {
    const one = [
      fragment("ml", partition("ml", 5, member(1), member(1), { ...member(2), portGuid: "0X12" }, member(3))),
    ];
    const found = checkPartitions(one, { knownPorts: new Set([guid(1)]) });
    assert.deepEqual(
      found.map((f) => `${f.path}: ${f.problem}`),
      [
        "ml.partitions[0].members[1].portGuid: given twice in this partition",
        "ml.partitions[0].members[2].portGuid: not a port GUID",
        "ml.partitions[0].members[3].portGuid: no such port in the fabric",
      ],
    );
  });

  it("takes 63 P_Keys a port, and no 64th", () => {
    const many = (count: number): Fragment =>
      fragment("ml", ...Array.from({ length: count }, (_, i) => partition(`p${i}`, i + 1, member(1))));
    assert.deepEqual(problems(many(63)), []);
    assert.deepEqual(problems(many(64)), [`ports[${guid(1)}]: more P_Keys than its table takes`]);
  });
});
