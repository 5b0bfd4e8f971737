import { version } from "@pulumi/command/package.json";
import { serveProvider } from "../../../base/provider";
import { localCommand, localRun } from "./local";
import { copyToRemote, remoteCommand } from "./remote";

void serveProvider({ version, kinds: [localCommand, remoteCommand, copyToRemote], invokes: [localRun] });
