import { wholeObject } from "../requirement";
import type { PolicyObject, Rule } from "../rule";
import { NAMESPACE, object } from "./examples";
import { kubernetes } from "./sources";

interface ClaimSpec {
  readonly volumeName?: string;
  readonly dataSource?: object;
  readonly dataSourceRef?: object;
}
const specOf = (o: PolicyObject) => (o.spec ?? {}) as ClaimSpec;
const claim = (spec: object) =>
  object("v1", "PersistentVolumeClaim", {
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
  });
const SNAPSHOT = { apiGroup: "snapshot.storage.k8s.io", kind: "VolumeSnapshot", name: "theirs" };

export const claims: Rule = {
  name: "claims",
  purpose:
    "A course claims its own volumes, and new ones; never another's, and no copies of what another has.",
  level: "mandatory",
  stops: kubernetes(
    "Persistent Volumes",
    "concepts/storage/persistent-volumes/#reserving-a-persistentvolume",
  )("A claim with volumeName takes any volume that is free, such as the homes of a course that has ended."),
  kinds: [{ group: "", version: "v1", kind: "PersistentVolumeClaim", resource: "persistentvolumeclaims" }],
  operations: ["CREATE"],
  requirements: [
    wholeObject({
      path: "spec.volumeName",
      holds: (o) =>
        (specOf(o).volumeName ?? "") === "" ||
        specOf(o).volumeName?.startsWith(`${o.metadata?.namespace ?? ""}-`) === true,
      cel:
        "!has(object.spec.volumeName) || object.spec.volumeName == '' || " +
        "object.spec.volumeName.startsWith(request.namespace + '-')",
      problem: "the volume is not the course's",
      fix: "name a volume that begins with the course's namespace, or leave volumeName out",
    }),
    wholeObject({
      path: "spec.dataSource",
      holds: (o) => specOf(o).dataSource === undefined && specOf(o).dataSourceRef === undefined,
      // The API server has written dataSource into dataSourceRef before it asks.
      cel: "!has(object.spec.dataSourceRef)",
      problem: "the claim copies another's data",
      fix: "leave dataSource out",
    }),
  ],
  keeps: [
    { title: "a new volume", objects: [claim({})] },
    {
      title: "a volume of the course",
      objects: [claim({ storageClassName: "", volumeName: `${NAMESPACE}-home-ada` })],
    },
  ],
  breaks: [
    {
      title: "a volume of another course",
      objects: [claim({ storageClassName: "", volumeName: "course-y-home-ben" })],
    },
    {
      title: "a course whose name begins alike",
      objects: [claim({ storageClassName: "", volumeName: "course-xy-home-ben" })],
    },
    { title: "a copy of a snapshot", objects: [claim({ dataSource: SNAPSHOT })] },
    {
      title: "a copy of something else",
      objects: [claim({ dataSourceRef: { apiGroup: "example.org", kind: "Disk", name: "theirs" } })],
    },
  ],
};
