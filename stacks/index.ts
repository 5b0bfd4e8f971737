import { inspect } from "node:util";
import { RunError } from "@pulumi/pulumi/errors";
import { FaultsError } from "../base/faults";
import { readStackConfig } from "./config";

/** The program of every stack: a site or a course, by its config. Its outputs are the stack's. */
module.exports = async (): Promise<Record<string, unknown>> => {
  try {
    const stack = readStackConfig();
    // Only what the stack uses is loaded: a course does not wait for the site's components.
    if (stack.kind === "site") return (require("./site") as typeof import("./site")).declareSite(stack);
    return await (require("./course") as typeof import("./course")).declareCourse(stack);
  } catch (error) {
    throw error instanceof FaultsError ? withoutStack(new RunError(error.message)) : error;
  }
};

/** An operator's fault is told in its own words. Pulumi formats the stack of every error in full, which takes half a minute. */
function withoutStack(error: Error): Error {
  error.stack = error.message;
  return Object.defineProperty(error, inspect.custom, { value: () => error.message });
}
