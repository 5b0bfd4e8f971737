import assert from "node:assert/strict";
import { waitFor } from "../../../base/wait";
import { admissionObjects } from "../../../policies/admission";
import { isOneOf, type PolicyObject, type Remedy, type Rule } from "../../../policies/rule";
import { RULES } from "../../../policies/rules";
import { NAMESPACE, PARAMETERS, volcanoJob, withoutField } from "../../../policies/rules/examples";
import { CEL_AMOUNTS } from "../../../policies/rules/instance-sizes";
import { POD, pods } from "../../../policies/workloads";
import { create } from "../../fixtures/policies/calls";
import { changer } from "../../fixtures/policies/patch-mutants";
import { WarningRoom } from "../../fixtures/policies/warning-room";

type Filling = Rule & { readonly remedy: Remedy };

/** Label of the form of a default by which an object is filled in; `none` of them where a preview has done so. */
const FORM = "lectern.dev/form";

/** A default, or a changed form of it. */
interface Form {
  readonly rule: Filling;
  readonly name: string;
  /** Absent for the default as it is written. */
  readonly change?: string;
  readonly remedy: Remedy;
}

/** Rules whose condition asks once more, in full, what the patches ask: it only saves work. */
const AGAIN = ["group-machines"];
/** Forms that fill in the same, and why. */
const SAME: readonly RegExp[] = [
  // The patches of job-bounds ask by themselves.
  /^always$/,
  // Jobs of Kubernetes have no tasks.
  /has\(object\.spec\.tasks\) → \(\(has\(object\.spec\.tasks\)\)\)$/,
  // The API server leaves an empty class out.
  / → \(\(!has\(object\.spec\.priorityClassName\)\)\)$/,
  // Kubernetes gives every pod tolerations before it is filled in.
  /'\/spec\/tolerations', value: \[\]\}\] → \(\[\]\)$/,
  /'\/spec\/tolerations', value: \[\]\}\]\) \+ .* → \(\[\{/,
  / → \(object\.spec\.tolerations\)$/,
];

describe("the defaults of rules, in the API server", function () {
  this.timeout(300_000);
  const filling = RULES.filter((rule): rule is Filling => rule.remedy !== undefined);
  let forms: readonly Form[];
  let room: WarningRoom;
  before(async () => {
    // What a pod asks for is held to by the requirements of the sizes.
    const changed = await changer(CEL_AMOUNTS);
    forms = filling.flatMap((rule) => formsOf(rule, changed));
    room = await WarningRoom.start("127.87.8.1", forms.flatMap(policiesOf));
    await untilKindsAreFilledIn();
  });
  after(() => room?.stop());

  const judge = (object: PolicyObject, form: string) => {
    const { metadata } = object;
    const labels = { ...metadata?.labels, [FORM]: form };
    return room.judge(create({ ...object, metadata: { ...metadata, labels } }));
  };
  /** The object as it would be stored, or what refuses it. */
  const stored = async (object: PolicyObject, form = "none"): Promise<unknown> => {
    const { stored: answer, message } = await judge(object, form);
    return answer === undefined ? message : plain(answer);
  };
  /** The API server fills in a kind once it has read its schema, some time after it takes it. */
  const untilKindsAreFilledIn = async (): Promise<void> => {
    for (const { rule, name, change } of forms) {
      if (change !== undefined) continue;
      for (const object of objectsFor(rule)) {
        const known = async () => (await judge(object, name)).status !== 503 || undefined;
        await waitFor(`${object.kind} known to ${name}`, known, { timeout: 120_000 });
      }
    }
  };

  for (const rule of filling) {
    it(`${rule.name}: fills in what a preview fills in, and every changed form of it does otherwise`, async () => {
      const [written, ...others] = forms.filter((form) => form.rule === rule) as [Form, ...Form[]];
      let left = others;
      let filled = 0;
      for (const object of objectsFor(rule)) {
        const whole = await stored(rule.remedy.fill(object, PARAMETERS));
        // What Kubernetes itself refuses is not filled in.
        if (typeof whole === "string") continue;
        assert.deepEqual(await stored(object, written.name), whole);
        filled += 1;
        const answers = await Promise.all(left.map(({ name }) => stored(object, name)));
        left = left.filter((_, i) => JSON.stringify(answers[i]) === JSON.stringify(whole));
      }
      assert.ok(filled > 0);
      assert.deepEqual(
        left.map(({ change = "" }) => change).filter((change) => !SAME.some((form) => form.test(change))),
        [],
      );
    });
  }
});

/** Objects of the kinds that a rule fills in: those of its examples, a job without pods, and the pods of all jobs. */
function objectsFor({ remedy, keeps, breaks }: Filling): PolicyObject[] {
  const own = [...keeps, ...breaks].flatMap(({ objects }) => objects);
  const bare = RULES.flatMap((rule) => [...rule.keeps, ...rule.breaks])
    .flatMap(({ objects }) => objects)
    .filter((object) => object.apiVersion !== undefined && object.kind === "Job")
    .flatMap(pods)
    .map(({ value }) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...value.metadata, name: "train", namespace: NAMESPACE },
      spec: { ...value.spec, schedulerName: undefined, priorityClassName: undefined },
    }));
  const without = withoutField(volcanoJob(), "tasks");
  return [...own, without, ...(remedy.kinds.includes(POD) ? bare : [])].filter((object) =>
    isOneOf(object, remedy.kinds),
  );
}

function formsOf(
  rule: Filling,
  changed: (cel: string) => readonly { readonly cel: string; readonly change: string }[],
): Form[] {
  const { remedy } = rule;
  const others = [
    { change: "never", remedy: { ...remedy, celWanted: "false" } },
    { change: "always", remedy: { ...remedy, celWanted: "true" } },
    ...(AGAIN.includes(rule.name) ? [] : changed(remedy.celWanted)).map(({ cel, change }) => ({
      change,
      remedy: { ...remedy, celWanted: cel },
    })),
    ...changed(remedy.celPatch).map(({ cel, change }) => ({ change, remedy: { ...remedy, celPatch: cel } })),
  ];
  return [{ remedy }, ...others].map((form, i) => ({ ...form, rule, name: `${rule.name}-${i}` }));
}

/** The policy of one form, for the objects that carry its label. */
function policiesOf({ rule, name, remedy }: Form): PolicyObject[] {
  return admissionObjects(undefined, [{ ...rule, requirements: [], remedy }]).map((object) => {
    const spec = object.kind.endsWith("Binding")
      ? {
          ...object.spec,
          policyName: name,
          matchResources: {
            ...(object.spec["matchResources"] as object),
            objectSelector: { matchLabels: { [FORM]: name } },
          },
        }
      : object.spec;
    return { ...object, metadata: { name }, spec };
  });
}

/** Names that the API server makes up, and fields that it writes. */
const MADE_UP = /[0-9a-f]{8}-[0-9a-f-]{27}|(?<=kube-api-access-)\w{5}/g;
const WRITTEN = ["uid", "creationTimestamp", "managedFields", FORM];

/** Without what differs from request to request, and tolerations in one order: none comes before another. */
function plain(object: PolicyObject): object {
  const text = JSON.stringify(object, (key, value: unknown) => {
    if (WRITTEN.includes(key)) return undefined;
    if (key === "tolerations") return (value as object[]).map((entry) => JSON.stringify(entry)).sort();
    return value;
  });
  return JSON.parse(text.replace(MADE_UP, "made-up")) as object;
}
