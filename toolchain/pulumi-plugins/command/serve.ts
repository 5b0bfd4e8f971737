import { version } from "@pulumi/command/package.json";
import { type ProviderSpec, serveProvider } from "../../../base/provider";

/* eslint-disable @typescript-eslint/no-require-imports -- loaded at the first use */
const local = () => require("./local") as typeof import("./local");
const remote = () => require("./remote") as typeof import("./remote");
/* eslint-enable @typescript-eslint/no-require-imports */

const spec: ProviderSpec = {
  name: "command",
  version,
  kinds: {
    "command:local:Command": () => local().localCommand,
    "command:remote:Command": () => remote().remoteCommand,
    "command:remote:CopyToRemote": () => remote().copyToRemote,
  },
  functions: { "command:local:run": () => local().localRun },
};

/** @param ended Called at the end, with the types that were worked with. */
export const serve = (ended?: (...types: string[]) => void): void => serveProvider(spec, ended);
