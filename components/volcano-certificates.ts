import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Job } from "@pulumi/kubernetes/batch/v1/job";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount";
import { Role } from "@pulumi/kubernetes/rbac/v1/role";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

export interface VolcanoCertificatesArgs {
  /** Folder of Volcano's chart: which image, and what the secret is called. */
  readonly chart: string;
  /** Release name of the chart. */
  readonly release: string;
  readonly namespace: pulumi.Input<string>;
  readonly nodeSelector: Record<string, string>;
  readonly tolerations: { key: string; operator: string; effect: string }[];
}

/**
 * The certificate of Volcano's webhooks, made by a job of Volcano's own image. The chart makes it in a Helm hook, and
 * Pulumi's Chart renders no hooks; without it the webhooks answer nobody.
 */
export class VolcanoCertificates extends pulumi.ComponentResource {
  constructor(name: string, args: VolcanoCertificatesArgs, options?: pulumi.ComponentResourceOptions) {
    super("lectern:index:VolcanoCertificates", name, {}, options);
    const child = { parent: this };
    const { basic } = parse(readFileSync(join(args.chart, "values.yaml"), "utf8")) as {
      basic: Record<string, string>;
    };
    const image = `${basic["image_registry"]}/${basic["admission_image_name"]}:${basic["image_tag_version"]}`;
    const init = `${args.release}-admission-init`;
    const metadata = { name: init, namespace: args.namespace };
    const account = new ServiceAccount(init, { metadata }, child);
    const role = new Role(
      init,
      { metadata, rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["create", "patch", "get"] }] },
      child,
    );
    const binding = new RoleBinding(
      init,
      {
        metadata,
        subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace: args.namespace }],
        roleRef: { kind: "Role", name: role.metadata.name, apiGroup: "rbac.authorization.k8s.io" },
      },
      child,
    );
    new Job(
      init,
      {
        metadata,
        spec: {
          backoffLimit: 3,
          template: {
            spec: {
              serviceAccountName: account.metadata.name,
              priorityClassName: "system-cluster-critical",
              restartPolicy: "Never",
              nodeSelector: args.nodeSelector,
              tolerations: args.tolerations,
              containers: [
                {
                  name: "main",
                  image,
                  command: [
                    "./gen-admission-secret.sh",
                    "--service",
                    `${args.release}-admission-service`,
                    "--namespace",
                    args.namespace,
                    "--secret",
                    basic["admission_secret_name"] ?? "",
                  ],
                },
              ],
            },
          },
        },
      },
      { ...child, dependsOn: [binding] },
    );
    this.registerOutputs({});
  }
}
