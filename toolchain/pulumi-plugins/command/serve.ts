import { version } from "@pulumi/command/package.json";
import { serveProvider } from "../../../base/provider";

/* eslint-disable @typescript-eslint/no-require-imports -- loaded at the first use */
const local = () => require("./local") as typeof import("./local");
const remote = () => require("./remote") as typeof import("./remote");
/* eslint-enable @typescript-eslint/no-require-imports */

serveProvider({
  name: "command",
  version,
  kinds: {
    "command:local:Command": () => local().localCommand,
    "command:remote:Command": () => remote().remoteCommand,
    "command:remote:CopyToRemote": () => remote().copyToRemote,
  },
  functions: { "command:local:run": () => local().localRun },
});
