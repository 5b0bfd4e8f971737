import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import * as pulumi from "@pulumi/pulumi";
import { admissionObjects } from "../policies/admission";
import { courseStateObjects } from "../policies/course-states";
import { siteSizeClasses } from "../policies/size-classes";
import { dayOf, type PolicySettings } from "../policies/settings";

export interface AdmissionPoliciesArgs {
  /** How strict the site's rules are, and for whom not. Default: as the rules say, for everybody. */
  readonly settings?: PolicySettings;
  /** Whether a recorder keeps the ledger: pods with GPUs then wait for their row before they go. Default false. */
  readonly ledger?: boolean;
}

/**
 * The rules of policies/ that the API server itself applies to courses, what follows from their state and of what was
 * approved, and the classes that the sizes of courses are counted by. Exceptions that have ended are left out.
 */
export class AdmissionPolicies extends pulumi.ComponentResource {
  constructor(name: string, args: AdmissionPoliciesArgs, options?: pulumi.ComponentResourceOptions) {
    super("lectern:index:AdmissionPolicies", name, {}, options);
    const { settings, ledger = false } = args;
    const today = dayOf(new Date());
    const current = settings && {
      ...settings,
      exceptions: settings.exceptions.filter(({ lastDay }) => lastDay >= today),
    };
    for (const object of siteSizeClasses()) {
      new CustomResource(`${object.metadata.name}-class`, object, { parent: this });
    }
    for (const object of [...admissionObjects(current), ...courseStateObjects({ ledger })]) {
      const short = object.kind.endsWith("Binding") ? "binding" : "policy";
      new CustomResource(`${object.metadata.name}-${short}`, object, { parent: this });
    }
    this.registerOutputs({});
  }
}
