import { join } from "node:path";
import { replaceFile } from "../base/files";
import { ifThere, type KubeApi } from "../base/kubernetes/api";
import { listAll } from "../base/kubernetes/follow";
import type { KubeObject } from "../base/kubernetes/objects";
import { waitFor } from "../base/wait";
import { archiveHome, type CephCluster, deleteArchivedHome, revokeClients } from "../bare-metal/ceph";
import { type FabricManager, removePartitions } from "../bare-metal/fabric";
import { ledgerCsv } from "../ledger/csv";
import { readLedger } from "../ledger/store";
import { CLOSED_STATE, courseState } from "../policies/course-states";
import type { CloseBackend, VerifiedArchive } from "./backend";
import { setPower, type SiteMachine } from "./site-machines";
import type { CourseStacks } from "./stacks";

/** Annotation of a node whose machine was given back, with the semester; opening one takes it off. */
export const RELEASED_ANNOTATION = "lectern.dev/released";

const NEVER = new AbortController().signal;
const END_MS = 300_000;
/** What makes pods, in the order in which it is ended, then the pods. */
const WORK = [
  "apis/batch.volcano.sh/v1alpha1/namespaces/NS/jobs",
  "apis/batch/v1/namespaces/NS/cronjobs",
  "apis/batch/v1/namespaces/NS/jobs",
  "apis/apps/v1/namespaces/NS/deployments",
  "apis/apps/v1/namespaces/NS/statefulsets",
  "apis/apps/v1/namespaces/NS/daemonsets",
  "apis/apps/v1/namespaces/NS/replicasets",
  "api/v1/namespaces/NS/replicationcontrollers",
  "api/v1/namespaces/NS/pods",
];

/** Where a close finds the room: from the site's outputs and the command line. */
export interface CloseSite {
  readonly semester: string;
  readonly api: KubeApi;
  readonly stacks: CourseStacks;
  readonly storage: { readonly cluster: CephCluster; readonly filesystem: string };
  /** Data pool of the archive class. Default: that of the file system. */
  readonly archivePool?: string | undefined;
  readonly fabric: FabricManager;
  readonly machines: ReadonlyMap<string, SiteMachine>;
  /** Folder of the ledger. Absent: the site keeps none. */
  readonly ledger?: string | undefined;
  /** Folder of the close, for the exports. */
  readonly dir: string;
  readonly signal?: AbortSignal | undefined;
}

/** A close of a real room: Kubernetes, Ceph, OpenSM and Pulumi. */
export class RealBackend implements CloseBackend {
  constructor(private readonly site: CloseSite) {}

  async freeze(course: string): Promise<void> {
    const { api, semester } = this.site;
    const namespace = namespaceOf(course);
    const marked = await ifThere(
      api.patch(`/api/v1/namespaces/${namespace}`, {
        metadata: courseState(CLOSED_STATE, semester),
      }),
    );
    // A namespace that is gone holds no work.
    if (marked === undefined) return;
    const options = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Background" };
    await waitFor(
      `the work of ${course} has ended`,
      async () => {
        // Again and again: a controller may have made one more pod at the last moment.
        for (const path of WORK) {
          await ifThere(api.delete(`/${path.replace("NS", namespace)}`, options));
        }
        const left = await listAll<KubeObject>(api, `/api/v1/namespaces/${namespace}/pods`);
        return left.objects.length === 0 || undefined;
      },
      { timeout: END_MS, interval: 1_000, ...(this.site.signal ? { signal: this.site.signal } : {}) },
    );
  }

  archive(course: string, owner: string): Promise<VerifiedArchive> {
    return archiveHome(this.home(course, owner));
  }

  async exportLedger(course: string): Promise<string> {
    const file = join(this.site.dir, `${course}.csv`);
    const rows = this.site.ledger === undefined ? [] : [...readLedger(this.site.ledger).values()];
    const csv = ledgerCsv(
      rows.filter((row) => row.course === course),
      Date.now(),
    );
    replaceFile(file, csv, { durable: true });
    return file;
  }

  async revokeCodes(course: string): Promise<void> {
    const path = `/api/v1/namespaces/${namespaceOf(course)}/secrets/invitation-codes`;
    await ifThere(this.site.api.delete(path, { apiVersion: "v1", kind: "DeleteOptions" }));
  }

  /** A token ends with the account that it was made for. */
  async revokeTokens(course: string): Promise<void> {
    const path = `/api/v1/namespaces/${namespaceOf(course)}/serviceaccounts?labelSelector=lectern.dev%2Fperson`;
    await ifThere(this.site.api.delete(path, { apiVersion: "v1", kind: "DeleteOptions" }));
  }

  revokeKeys(course: string): Promise<void> {
    return revokeClients({ ...this.site.storage, group: namespaceOf(course) });
  }

  async deleteNamespace(course: string): Promise<void> {
    await this.site.stacks.destroy(course, { signal: this.site.signal });
    await waitFor(
      `namespace ${namespaceOf(course)} is gone`,
      async () => {
        const path = `/api/v1/namespaces/${namespaceOf(course)}`;
        return (await ifThere(this.site.api.get(path))) === undefined || undefined;
      },
      { timeout: END_MS, interval: 500 },
    );
  }

  returnPkey(course: string): Promise<void> {
    return removePartitions({ ...this.site.fabric, owner: namespaceOf(course) });
  }

  deleteHome(course: string, owner: string, { manifest }: VerifiedArchive): Promise<void> {
    return deleteArchivedHome(this.home(course, owner), manifest);
  }

  /** The node takes no more pods until a semester is opened, its pods leave, and the machine is shut down. */
  async releaseMachine(machine: string): Promise<void> {
    const { api, semester, machines, signal = NEVER } = this.site;
    await ifThere(
      api.patch(`/api/v1/nodes/${machine}`, {
        metadata: { annotations: { [RELEASED_ANNOTATION]: semester } },
        spec: { unschedulable: true },
      }),
    );
    const found = machines.get(machine);
    if (found !== undefined) await setPower(found, "off", { signal });
  }

  private home(course: string, owner: string) {
    const { storage, semester, archivePool } = this.site;
    const archives = `archive-${semester}`;
    return { ...storage, group: namespaceOf(course), owner, archives, pool: archivePool };
  }
}

/** Nodes that a close gave back, and no semester has taken again: their names. */
export async function releasedNodes(api: KubeApi): Promise<string[]> {
  const { objects } = await listAll<KubeObject>(api, "/api/v1/nodes");
  return objects
    .filter(({ metadata }) => metadata.annotations?.[RELEASED_ANNOTATION] !== undefined)
    .map(({ metadata }) => metadata.name);
}

/** Takes back what a close did to a machine: it is switched on and booted, and then its node takes pods again. */
export async function takeMachineBack(
  name: string,
  { api, machines, signal = NEVER }: Pick<CloseSite, "api" | "machines" | "signal">,
  note: (text: string) => void,
): Promise<void> {
  const found = machines.get(name);
  if (found !== undefined) await setPower(found, "on", { signal, note });
  await ifThere(
    api.patch(`/api/v1/nodes/${name}`, {
      metadata: { annotations: { [RELEASED_ANNOTATION]: null } },
      spec: { unschedulable: null },
    }),
  );
}

const namespaceOf = (course: string): string => `course-${course}`;
