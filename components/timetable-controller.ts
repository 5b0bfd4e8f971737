import type { KubeApi } from "../base/kubernetes/api";
import type { KubeObject } from "../base/kubernetes/objects";
import { applyPrepulls, type PrepullChange } from "./image-prepull";
import { guaranteeNow, TIMETABLE_ANNOTATION } from "./plan/queue-guarantee";
import { GPU_RESOURCE } from "./plan/site-plan";

const QUEUES = "/apis/scheduling.volcano.sh/v1beta1/queues";

interface Queue extends KubeObject {
  readonly spec?: { readonly guarantee?: { readonly resource?: Readonly<Record<string, string | number>> } };
}

/** A queue whose guarantee was changed, in GPUs. */
export interface GuaranteeChange {
  readonly queue: string;
  readonly from: number;
  readonly to: number;
}

/** What a look at the timetables changed. */
export interface TimetableChanges {
  readonly guarantees: readonly GuaranteeChange[];
  readonly prepulls: readonly PrepullChange[];
}

/**
 * Gives each queue with a timetable the guarantee of the moment, and pulls images ahead of classes. Guarantees to be lowered go first, so that the sum is never
 * above what was proved. Safe to run again, and by several at once: it goes by what the queues hold.
 */
export async function applyTimetables(api: KubeApi, moment: Date): Promise<TimetableChanges> {
  const { items } = await api.get<{ items: Queue[] }>(QUEUES);
  const changes = items
    .flatMap(({ metadata, spec }) => {
      const annotation = metadata.annotations?.[TIMETABLE_ANNOTATION];
      if (annotation === undefined) return [];
      const from = Number(spec?.guarantee?.resource?.[GPU_RESOURCE] ?? 0);
      return [{ queue: metadata.name, from, to: guaranteeNow(annotation, moment) }];
    })
    .filter(({ from, to }) => from !== to)
    .sort((a, b) => a.to - a.from - (b.to - b.from));
  for (const { queue, to } of changes) {
    await api.patch(`${QUEUES}/${queue}`, { spec: { guarantee: { resource: { [GPU_RESOURCE]: to } } } });
  }
  return { guarantees: changes, prepulls: await applyPrepulls(api, items, moment) };
}
