import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import * as pulumi from "@pulumi/pulumi";
import { admissionObjects } from "../policies/admission";

export interface AdmissionPoliciesArgs {
  /** The site's registry, `host:port`: the only one that courses may use. */
  readonly registry: string;
}

/** The rules of policies/ that the API server itself applies to courses. */
export class AdmissionPolicies extends pulumi.ComponentResource {
  constructor(name: string, args: AdmissionPoliciesArgs, options?: pulumi.ComponentResourceOptions) {
    super("lectern:index:AdmissionPolicies", name, {}, options);
    for (const object of admissionObjects({ registry: args.registry })) {
      const short = object.kind === "ValidatingAdmissionPolicyBinding" ? "binding" : "policy";
      new CustomResource(`${object.metadata.name}-${short}`, object, { parent: this });
    }
    this.registerOutputs({});
  }
}
