import type { Fragment, Partition } from "./index";
import { formatPkey } from "./pkey";

/** Limited membership keeps ports apart from each other, full membership lets all of them reach OpenSM. */
export const DEFAULT_STATEMENT = "Default=0x7fff, ipoib : ALL=limited, SELF=full ;";

const HEADER = `# Written by Lectern from the fragments beside it; what is changed here is lost.
${DEFAULT_STATEMENT}
`;

/**
 * OpenSM's partitions file (opensm(8), PARTITION CONFIGURATION), owners in order of their names. Owners and nodes stand
 * in comments, so that the text can be read back whole. Checks nothing: see {@link checkPartitions}.
 */
export function renderPartitions(fragments: readonly Fragment[]): string {
  const sections = [...fragments]
    .sort((a, b) => (a.owner < b.owner ? -1 : 1))
    .map(({ owner, partitions }) => `\n# owner: ${owner}\n${partitions.map(renderPartition).join("")}`);
  return HEADER + sections.join("");
}

function renderPartition({ name, pkey, ipoib, members }: Partition): string {
  const head = `${name}=${formatPkey(pkey)}${ipoib ? ", ipoib" : ""} :`;
  if (members.length === 0) return `${head} ;\n`;
  const lines = members.map(({ node, portGuid, membership }, i) => {
    const end = i === members.length - 1 ? " ;" : ",";
    return `  ${portGuid}=${membership}${end} # ${node}`;
  });
  return `${head}\n${lines.join("\n")}\n`;
}
