import { oneFile } from "../../base/one-file";

/** The installer (bare-metal/install) as one file for the node's own Node.js, Debian's 18. */
export const bundleInstaller = (): string => oneFile("bare-metal/install/main.ts", "node18");
