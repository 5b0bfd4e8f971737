import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Document, isCollection, isNode, LineCounter, parseDocument } from "yaml";
import { type Fault, FaultsError } from "../base/faults";

/**
 * Throws what is wrong with a stack's config, each fault with the line of the stack's file that it stands in: that of
 * the value, or of what should hold it. Faults of other files (`roster.csv:7.mail`) have theirs already.
 * @param projectDir Folder with the stacks' files.
 * @throws {FaultsError} if there is a fault
 */
export function throwWithLines(file: string, faults: readonly Fault[], projectDir: string): void {
  if (faults.length === 0) return;
  let text: string;
  try {
    text = readFileSync(join(projectDir, file), "utf8");
  } catch {
    // Config may come from elsewhere; then there are no lines to tell.
    throw new FaultsError(file, faults);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  throw new FaultsError(
    file,
    faults.map((fault) => {
      const offset = offsetOf(document, fault.path);
      return offset === undefined ? fault : { ...fault, line: lines.linePos(offset).line };
    }),
  );
}

/** Where the value of a path such as `lectern:course.datasets[1].name` begins, or the deepest of its holders. */
function offsetOf(document: Document, path: string): number | undefined {
  const match = /^(lectern:[a-z]+)((?:\.[^.[\]]+|\[[^\]]+\])*)$/.exec(path);
  if (match === null) return undefined;
  const keys = [...(match[2] ?? "").matchAll(/\.([^.[\]]+)|\[(\d+)\]/g)].map(
    ([, key, index]) => key ?? Number(index),
  );
  let offset: number | undefined;
  let node: unknown = document.contents;
  for (const key of ["config", match[1] ?? "", ...keys]) {
    node = isCollection(node) ? node.get(key, true) : undefined;
    if (!isNode(node)) break;
    offset = node.range?.[0];
  }
  return offset;
}
