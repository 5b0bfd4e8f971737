import { readFileSync } from "node:fs";
import { join } from "node:path";
import { replaceFile } from "../base/files";
import { policiesDocument } from "./document";

/** The page as it should be. */
export function currentDocument(): string {
  return policiesDocument(readFileSync(join(__dirname, "introduction.md"), "utf8"));
}

export const DOCUMENT_FILE = join(__dirname, "../docs/policies.md");

if (require.main === module) replaceFile(DOCUMENT_FILE, currentDocument(), { mode: 0o644 });
