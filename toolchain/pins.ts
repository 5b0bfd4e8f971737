import data from "./pins.json";

/** How far a program found in PATH may be from the pinned version; it may never be older. */
export type Accept =
  /** The same version only. */
  | "same"
  /** The same major and minor. */
  | "patch"
  /** The same major. */
  | "minor";

/** A program's release by its vendor. `{version}`, `{os}` and `{arch}` are replaced in every text. */
export interface VendorPin {
  /** A program, or a .tar.gz that holds it. */
  readonly url: string;
  /** The vendor's names of processor architectures, where they differ from Go's. */
  readonly arch?: Readonly<Record<string, string>>;
  /** For an archive: programs to take from it and where they lie in it. */
  readonly members?: Readonly<Record<string, string>>;
  /** The vendor's published SHA-256 sums; asked where no sum is pinned. */
  readonly sums: string;
  /** Pinned SHA-256 in hex by platform (`linux-amd64`); null where nobody could read it yet. */
  readonly sha256: Readonly<Record<string, string>> | null;
}

/** One program. */
export interface ToolPin {
  readonly version: string;
  readonly accept: Accept;
  /**
   * `test`: a room does without it. `node`: goes into every node image. `nvidia`: goes into those with that layer.
   * Default: a room needs it.
   */
  readonly for?: "test" | "node" | "nvidia";
  /**
   * Arguments that make it print its version, and where the version stands (first group; multi-line).
   * Null for a program that cannot tell: one in PATH is then never taken, and checksums alone vouch for what is got.
   */
  readonly check: { readonly args: readonly string[]; readonly pattern: string } | null;
  /** For a Pulumi plugin: its name, as in `~/.pulumi/plugins/<plugin>-v<version>/`, where an official one is found. */
  readonly plugin?: string;
  /** Which build makes it, from which package, and what Go calls the result. */
  readonly go: { readonly build: string; readonly package: string; readonly binary: string };
  readonly vendor?: VendorPin;
}

/** One Go module graph, built by one `go build`. */
export interface BuildPin {
  /** A module of our own, below toolchain/, that requires what is built. Its go.sum holds every checksum. */
  readonly folder?: string;
  /** Or a published module, built in its own folder with its own go.mod and go.sum. */
  readonly module?: string;
  /** Checksum of that module (h1, as go.sum writes it). */
  readonly sum?: string;
  /** Whether it takes a C compiler, for programs that load C libraries where they run. Default: false. */
  readonly cgo?: boolean;
  readonly ldflags: string;
  /** Values of `-gcflags`, in this order; the last whose pattern fits a package holds for it. Default: none. */
  readonly gcflags?: readonly string[];
  /** Copied beside our sources before the build. What is ours stays: so a file of a module can be stood in for. */
  readonly sources?: readonly SourcesPin[];
}

/** Files and folders of a published module. */
export interface SourcesPin {
  /** `path@version`. */
  readonly module: string;
  /** Checksum of that module (h1, as go.sum writes it). */
  readonly sum: string;
  /** Path in the module's folder to path in ours. */
  readonly files: Readonly<Record<string, string>>;
}

/** Files that come with tools: taken from the folder of a Go module. */
export interface DataPin {
  /** Got together with any of these tools. */
  readonly with: readonly string[];
  readonly module: string;
  readonly sum: string;
  /** Folder in the module that becomes the data's folder. */
  readonly root: string;
  /** What is taken, below that. */
  readonly paths: readonly string[];
}

/** All that is pinned. */
export interface Pins {
  readonly tools: Readonly<Record<string, ToolPin>>;
  readonly builds: Readonly<Record<string, BuildPin>>;
  readonly data: Readonly<Record<string, DataPin>>;
}

export type ToolName = keyof (typeof data)["tools"];
export type DataName = keyof (typeof data)["data"];

/** toolchain/pins.json. */
export const pins = data as unknown as Pins;

/** Every tool, in the order of the file. */
export const toolNames = Object.keys(data.tools) as ToolName[];

/** The tools of a room: all but those for tests and node images. */
export const labToolNames = toolNames.filter((name) => pins.tools[name]?.for === undefined);

/** What a checkout needs for rooms, node images and tests: all but those of a layer that few images have. */
export const usualToolNames = toolNames.filter((name) => pins.tools[name]?.for !== "nvidia");

/**
 * Tools by their own names or by the names of builds (`volcano` stands for all of Volcano's programs).
 * @throws {Error} naming each unknown word
 */
export function namedTools(words: readonly string[]): ToolName[] {
  const unknown = words.filter((w) => !(w in pins.tools) && !(w in pins.builds));
  if (unknown.length > 0) {
    const known = [...toolNames, ...Object.keys(pins.builds)].join(", ");
    throw new Error(`no such tool: ${unknown.join(", ")}; there are ${known}`);
  }
  return toolNames.filter((name) => words.includes(name) || words.includes(pins.tools[name]?.go.build ?? ""));
}
