import type { Fault } from "../../base/faults";
import type { PolicyObject, Rule, StackFault } from "../rule";
import { infiniband } from "./sources";

interface Partitions extends PolicyObject {
  readonly owner?: string;
  readonly partitions?: readonly { readonly name?: string; readonly pkey: number }[];
  readonly reserved?: readonly { readonly owner: string; readonly pkey: number }[];
}

const hex = (pkey: number) => `0x${pkey.toString(16).padStart(4, "0")}`;

function checkReserved(object: PolicyObject): StackFault[] {
  const { owner, partitions = [], reserved = [] } = object as Partitions;
  return partitions.flatMap(({ pkey }, i) => {
    const holder = reserved.find((other) => other.pkey === pkey && other.owner !== owner);
    return holder
      ? [{ ...sharedFault(`partitions[${i}].pkey`, pkey, `that P_Key belongs to ${holder.owner}`), object }]
      : [];
  });
}

function checkUnique(objects: readonly PolicyObject[]): StackFault[] {
  const seen = new Map<number, string>();
  return objects.flatMap((object) => {
    const { owner = "", partitions = [] } = object as Partitions;
    return partitions.flatMap(({ pkey }, i) => {
      const holder = seen.get(pkey);
      seen.set(pkey, owner);
      return holder === undefined
        ? []
        : [{ ...sharedFault(`partitions[${i}].pkey`, pkey, `${holder} uses that P_Key already`), object }];
    });
  });
}

function sharedFault(path: string, pkey: number, problem: string): Fault {
  return { path, value: hex(pkey), problem, fix: "choose a P_Key that nobody else has" };
}

const partitions = (
  owner: string,
  pkeys: readonly number[],
  reserved: Partitions["reserved"] = [],
): Partitions => ({
  kind: "FabricPartitions",
  owner,
  partitions: pkeys.map((pkey) => ({ name: `${owner}-${hex(pkey)}`, pkey })),
  reserved,
});

export const onePkeyPerCourse: Rule = {
  name: "one-pkey-per-course",
  purpose: "Two courses with one P_Key share an InfiniBand partition and can read each other's traffic.",
  level: "mandatory",
  kinds: [{ group: "metal", version: "index", kind: "FabricPartitions", resource: "" }],
  inCourseNamespaces: false,
  stops: infiniband("Two courses in one partition read, and write, each other's memory by RDMA."),
  requirements: [],
  checkStack: (objects) => [...objects.flatMap(checkReserved), ...checkUnique(objects)],
  previewOnly:
    "Partitions are no objects of Kubernetes. At run time the provider refuses a P_Key that the partitions file gives to another owner, and reads every port's table back.",
  keeps: [
    {
      title: "a P_Key of its own",
      objects: [partitions("course-x", [0x11], [{ owner: "course-y", pkey: 0x12 }])],
    },
    {
      title: "a reservation of its own",
      objects: [partitions("course-x", [0x11], [{ owner: "course-x", pkey: 0x11 }])],
    },
    { title: "two courses", objects: [partitions("course-x", [0x11]), partitions("course-y", [0x12])] },
  ],
  breaks: [
    {
      title: "a P_Key of another course",
      objects: [partitions("course-x", [0x12], [{ owner: "course-y", pkey: 0x12 }])],
    },
    {
      title: "one P_Key twice in a stack",
      objects: [partitions("course-x", [0x11]), partitions("course-y", [0x11])],
    },
  ],
};
