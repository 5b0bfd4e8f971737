import { COURSE_NAMESPACE_PREFIX } from "./rule";

/** A request that a rule refused, or warned of. */
export interface Denial {
  /** When, ISO 8601. */
  readonly at: string;
  /** Id of the request in the audit log. */
  readonly id: string;
  /** Which of the denials of that request, from 0. */
  readonly nth: number;
  readonly rule: string;
  /** `Deny`, or `Warn` where the site has made the rule advisory. */
  readonly action: "Deny" | "Warn";
  /** User name as Kubernetes has it. */
  readonly user: string;
  readonly verb: string;
  /** Resource with its subresource, and the object's name where there is one. */
  readonly object: string;
  readonly message: string;
}

/** An event of the API server's audit log, `audit.k8s.io/v1`: what is read of it. */
interface AuditEvent {
  readonly auditID: string;
  readonly stage: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly requestReceivedTimestamp: string;
  readonly objectRef?: {
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Value of {@link ANNOTATION} (k8s.io/apiserver, plugin/policy/validating). */
interface ValidationFailure {
  /** Begins with the rule's name, unless the policy itself could not be applied. */
  readonly message: string;
  readonly policy: string;
  readonly validationActions: readonly string[];
}

const ANNOTATION = "validation.policy.admission.k8s.io/validation_failure";

/**
 * The denials of one course in an audit log, oldest first. Lines that cannot be read are left out: the last may be
 * half written.
 */
export function courseDenials(log: string, course: string): Denial[] {
  return log.split("\n").flatMap((line) => {
    if (!line.includes(ANNOTATION)) return [];
    const event = parsed<AuditEvent>(line);
    if (
      event?.stage !== "ResponseComplete" ||
      event.objectRef?.namespace !== COURSE_NAMESPACE_PREFIX + course
    )
      return [];
    const failures = parsed<ValidationFailure[]>(event.annotations?.[ANNOTATION] ?? "") ?? [];
    const { resource, subresource, name } = event.objectRef;
    return failures.map(({ message: text, policy, validationActions }, nth) => {
      const [, rule = policy.replace(/^lectern-/, ""), message = text] =
        /^([a-z-]+): (.*)$/s.exec(text) ?? [];
      return {
        at: event.requestReceivedTimestamp,
        id: event.auditID,
        nth,
        rule,
        action: validationActions.includes("Deny") ? "Deny" : "Warn",
        user: event.user.username,
        verb: event.verb,
        object: [subresource === undefined ? resource : `${resource}/${subresource}`, name]
          .filter(Boolean)
          .join(" "),
        message,
      };
    });
  });
}

/** A denial as an Event of the course's namespace, for `kubectl get events`; its name makes a second one fail. */
export function denialEvent(denial: Denial, course: string): object {
  const namespace = COURSE_NAMESPACE_PREFIX + course;
  const [resource = "", name] = denial.object.split(" ");
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `denied-${denial.rule}-${denial.id}-${denial.nth}`, namespace },
    involvedObject: { kind: resource, namespace, ...(name === undefined ? {} : { name }) },
    reason: "PolicyDenied",
    type: "Warning",
    message: `${denial.rule}: ${denial.user}: ${denial.message}`.slice(0, 1024),
    source: { component: "lectern" },
    firstTimestamp: denial.at.replace(/\.\d+Z$/, "Z"),
    lastTimestamp: denial.at.replace(/\.\d+Z$/, "Z"),
    count: 1,
  };
}

function parsed<T>(json: string): T | undefined {
  try {
    return JSON.parse(json) as T;
  } catch {
    return undefined;
  }
}
