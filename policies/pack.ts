import { PolicyPack, type Policies } from "@pulumi/policy";
import { appliesTo, faultMessage, type PolicyObject, type Rule, type RuleParameters } from "./rule";
import { RULES } from "./rules";

/** A resource of a Pulumi program as the rules see it, or undefined if no rule could be about it. */
export function policyObject(
  type: string,
  props: Readonly<Record<string, unknown>>,
): PolicyObject | undefined {
  if (type.startsWith("metal:index:")) {
    // The SDK throws when a value that is not known yet is read, so only what a rule asks for may be read.
    const kind = { value: type.slice("metal:index:".length) };
    return Object.create(props, { kind }) as PolicyObject;
  }
  if (!type.startsWith("kubernetes:") || typeof props.kind !== "string") return undefined;
  return props as PolicyObject;
}

/** The rules as policies of Pulumi's CrossGuard. */
export function policies(rules: readonly Rule[]): Policies {
  return rules.flatMap((rule) => {
    const { checkObject, checkStack } = rule;
    const common = {
      description: rule.purpose,
      enforcementLevel: rule.level,
      configSchema: { properties: { registry: { type: "string" as const } } },
    };
    return [
      ...(checkObject
        ? [
            {
              ...common,
              name: rule.name,
              validateResource: (
                args: { type: string; props: Record<string, unknown>; getConfig<T extends object>(): T },
                report: (message: string) => void,
              ) => {
                const object = policyObject(args.type, args.props);
                if (object === undefined || !appliesTo(rule, object)) return;
                for (const fault of checkObject(object, parameters(args)))
                  report(faultMessage(object, fault));
              },
            },
          ]
        : []),
      ...(checkStack
        ? [
            {
              ...common,
              name: `${rule.name}-together`,
              validateStack: (
                args: {
                  resources: readonly { type: string; props: Record<string, unknown>; urn: string }[];
                  getConfig<T extends object>(): T;
                },
                report: (message: string, urn?: string) => void,
              ) => {
                const urns = new Map<PolicyObject, string>();
                for (const { type, props, urn } of args.resources) {
                  const object = policyObject(type, props);
                  if (object !== undefined && appliesTo(rule, object)) urns.set(object, urn);
                }
                for (const fault of checkStack([...urns.keys()], parameters(args))) {
                  report(faultMessage(fault.object, fault), urns.get(fault.object));
                }
              },
            },
          ]
        : []),
    ];
  });
}

/** The registry: from the pack's configuration, else from LECTERN_REGISTRY. */
function parameters(args: { getConfig<T extends object>(): T }): RuleParameters {
  const registry = args.getConfig<{ registry?: string }>().registry ?? process.env.LECTERN_REGISTRY;
  return registry === undefined || registry === "" ? {} : { registry };
}

/** Serves the rules to the engine. */
export function servePack(): void {
  new PolicyPack("lectern", { policies: policies(RULES), enforcementLevel: "mandatory" });
}
