import { readStackConfig } from "./config";

/** The program of every stack: a site or a course, by its config. Its outputs are the stack's. */
module.exports = async (): Promise<Record<string, unknown>> => {
  const stack = readStackConfig();
  // Only what the stack uses is loaded: a course does not wait for the site's components.
  if (stack.kind === "site") return (require("./site") as typeof import("./site")).declareSite(stack);
  return (require("./course") as typeof import("./course")).declareCourse(stack);
};
