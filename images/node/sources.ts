import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readIfThere } from "../../base/files";
import { SUITE } from "./packages";

export interface SourceOptions {
  /** The site's mirror, such as `http://mirror.example.edu/debian`. Default: what this machine itself uses. */
  readonly mirror?: string;
  /** Debian's components beside `main`. */
  readonly components?: readonly string[];
  /** Folder of this machine's sources. */
  readonly aptDir?: string;
}

/**
 * The apt sources (deb822, sources.list(5)) that an image is made from: a site's mirror, else those of this machine
 * that hold the release.
 * @throws {Error} if there is neither
 */
export function aptSources({ mirror, components = [], aptDir = "/etc/apt" }: SourceOptions = {}): string {
  if (mirror !== undefined) return stanza(mirror, SUITE, components);
  const own = [...oneLine(aptDir), ...deb822(aptDir)];
  if (own.length === 0) {
    throw new Error(`${aptDir} names no source of Debian ${SUITE}: give a mirror (--mirror)`);
  }
  return own.map((text) => withComponents(text, components)).join("\n");
}

function stanza(uri: string, suites: string, components: readonly string[] = []): string {
  return `Types: deb\nURIs: ${uri}\nSuites: ${suites}\nComponents: ${["main", ...components].join(" ")}\n`;
}

function withComponents(text: string, components: readonly string[]): string {
  return text.replace(/^Components:.*$/m, (line) =>
    [...new Set([...line.split(/\s+/), ...components])].join(" "),
  );
}

/** Stanzas of `*.sources` that hold the release's `main`. */
function deb822(aptDir: string): string[] {
  return listed(join(aptDir, "sources.list.d"), ".sources")
    .flatMap((file) => (readIfThere(file) ?? "").split(/\n\s*\n/))
    .map((text) =>
      text
        .split("\n")
        .filter((line) => line.trim() !== "" && !line.startsWith("#"))
        .join("\n"),
    )
    .filter(
      (text) =>
        new RegExp(`^Suites:.*\\b${SUITE}\\b`, "m").test(text) && /^Components:.*\bmain\b/m.test(text),
    )
    .map((text) => `${text}\n`);
}

/** Lines of `sources.list` and `*.list` that do, as stanzas. */
function oneLine(aptDir: string): string[] {
  return [join(aptDir, "sources.list"), ...listed(join(aptDir, "sources.list.d"), ".list")]
    .flatMap((file) => (readIfThere(file) ?? "").split("\n"))
    .flatMap((line) => {
      const [, uri, suite, components] =
        /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)$/.exec(line.trim()) ?? [];
      if (!uri || !suite?.startsWith(SUITE) || !components?.split(/\s+/).includes("main")) return [];
      return [stanza(uri, suite)];
    });
}

function listed(dir: string, ending: string): string[] {
  try {
    return readdirSync(dir)
      .filter((f) => f.endsWith(ending))
      .sort()
      .map((f) => join(dir, f));
  } catch {
    return [];
  }
}
