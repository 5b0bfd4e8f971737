import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import * as pulumi from "@pulumi/pulumi";
import { admissionObjects } from "../policies/admission";
import { dayOf, type PolicySettings } from "../policies/settings";

export interface AdmissionPoliciesArgs {
  /** How strict the site's rules are, and for whom not. Default: as the rules say, for everybody. */
  readonly settings?: PolicySettings;
}

/** The rules of policies/ that the API server itself applies to courses. Exceptions that have ended are left out. */
export class AdmissionPolicies extends pulumi.ComponentResource {
  constructor(name: string, args: AdmissionPoliciesArgs, options?: pulumi.ComponentResourceOptions) {
    super("lectern:index:AdmissionPolicies", name, {}, options);
    const { settings } = args;
    const today = dayOf(new Date());
    const current = settings && {
      ...settings,
      exceptions: settings.exceptions.filter(({ lastDay }) => lastDay >= today),
    };
    for (const object of admissionObjects(current)) {
      const short = object.kind.endsWith("Binding") ? "binding" : "policy";
      new CustomResource(`${object.metadata.name}-${short}`, object, { parent: this });
    }
    this.registerOutputs({});
  }
}
