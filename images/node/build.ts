import { createHash } from "node:crypto";
import {
  copyFileSync,
  createReadStream,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join, relative } from "node:path";
import { run } from "../../base/run";
import { shellWord } from "../../base/shell";
import { bootLoaderVersion, buildBootLoader } from "./boot-loader";
import { bundleInstaller } from "./installer";
import { IMAGE_PARTS, type ImagePart, manifestText, type NodeImageManifest } from "./manifest";
import { type KernelFlavor, LAYERS, type LayerName, packagesOf, SUITE } from "./packages";
import { aptSources } from "./sources";

/** Time of every file of an image: 2026-09-01 00:00 UTC. */
export const SOURCE_DATE_EPOCH = 1_788_220_800;
const FILES = join(__dirname, "rootfs");
const CUSTOMIZE = join(__dirname, "customize.sh");
const LAYER_FOLDERS = join(__dirname, "layers");
/** Documentation is left where it belongs, at the mirror; licences stay. */
const LEFT_OUT = ["/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/doc/*"];
const KEPT = ["/usr/share/doc/*/copyright"];

export interface NodeImageOptions {
  /** Version, such as `1.37.2`, and the programs of a node to put in, each under its own name. */
  readonly kubernetes: { readonly version: string; readonly programs: readonly string[] };
  /** Programs of NVIDIA's container toolkit; needed by the layer `nvidia`. */
  readonly nvidia?: readonly string[];
  /** Default: `server`. */
  readonly kernel?: KernelFlavor;
  /** Default: none. */
  readonly layers?: readonly LayerName[];
  /** Debian mirror of the site. Default: the sources of this machine. */
  readonly mirror?: string;
  /** An empty folder for kernel, initrd, root and manifest.json. */
  readonly out: string;
  /** A folder for what is made on the way; emptied by the caller. Needs about 1 GiB. */
  readonly scratch: string;
  /** Told what goes on. */
  readonly note?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** What the bytes of an image depend on beside the mirror's packages; same parts, same image. */
export async function imageInputs(
  options: Pick<NodeImageOptions, "kubernetes" | "nvidia" | "kernel" | "layers" | "mirror">,
): Promise<Record<string, string>> {
  const { kubernetes, nvidia = [], kernel = "server", layers = [], mirror = "" } = options;
  const parts: Record<string, string> = {
    packages: packagesOf(kernel, layers).join(" "),
    layers: layers.join(" "),
    mirror,
    epoch: String(SOURCE_DATE_EPOCH),
    installer: bundleInstaller(),
    grub: bootLoaderVersion(),
    loader: readFileSync(join(__dirname, "boot-loader.ts"), "utf8"),
    customize: readFileSync(CUSTOMIZE, "utf8"),
    build: readFileSync(__filename, "utf8"),
  };
  for (const program of [...kubernetes.programs, ...nvidia]) parts[basename(program)] = await sha256(program);
  for (const dir of [FILES, ...layers.map((layer) => join(LAYER_FOLDERS, layer))])
    for (const file of filesBelow(dir))
      parts[relative(__dirname, join(dir, file))] = readFileSync(join(dir, file), "utf8");
  return parts;
}

/**
 * Makes a node image: Debian unpacked by mmdebstrap, then kernel, initrd and root (squashfs, zstd) with a
 * manifest (manifest.ts signs it). The same inputs and packages give the same bytes. As root.
 * @throws {Error} with the end of what the failing program printed
 */
export async function buildNodeImage(options: NodeImageOptions): Promise<NodeImageManifest> {
  const {
    kubernetes,
    nvidia = [],
    kernel = "server",
    layers = [],
    out,
    scratch,
    note = () => undefined,
    signal,
  } = options;
  const stoppable = signal ? { signal } : {};
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(SOURCE_DATE_EPOCH), LC_ALL: "C", TZ: "UTC" };
  const sources = join(scratch, "debian.sources");
  const components = layers.flatMap((layer) => LAYERS[layer].components);
  writeFileSync(
    sources,
    aptSources({ ...(options.mirror === undefined ? {} : { mirror: options.mirror }), components }),
  );
  const root = join(scratch, "root");
  // What is made for an image, beside the files of rootfs.
  const made = join(scratch, "made");
  mkdirSync(made);
  writeFileSync(join(made, "install.js"), bundleInstaller());
  await buildBootLoader(join(made, "grub"));
  const scripts = [
    ...layers.map((layer) => {
      const folder = join(LAYER_FOLDERS, layer);
      return hook(
        join(folder, "customize.sh"),
        join(folder, "rootfs"),
        ...(layer === "nvidia" ? nvidia : []),
      );
    }),
    // Last, as it takes away what differs from one build to the next.
    hook(CUSTOMIZE, FILES, made, ...kubernetes.programs),
  ];

  note("unpacking Debian's packages");
  const exclude = LEFT_OUT.map((path) => `--dpkgopt=path-exclude=${path}`);
  const include = KEPT.map((path) => `--dpkgopt=path-include=${path}`);
  await run(
    [
      ...(["mmdebstrap", "--mode=root", "--variant=minbase", "--format=directory"] as const),
      "--aptopt=Apt::Install-Recommends false",
      ...exclude,
      ...include,
      `--include=${packagesOf(kernel, layers).join(",")}`,
      ...layers.map((layer) => `--essential-hook=${hook(join(LAYER_FOLDERS, layer, "prepare.sh"))}`),
      ...scripts.map((script) => `--customize-hook=${script}`),
      ...[SUITE, root, sources],
    ],
    { env, onLine: (line) => note(line.replace(/^I: /, "").slice(0, 80)), ...stoppable },
  );
  const packages = await installedPackages(root);

  note("packing the root file system");
  mkdirSync(out, { recursive: true });
  copyFileSync(only(join(root, "boot"), "vmlinuz-"), join(out, "kernel"));
  copyFileSync(only(join(root, "boot"), "initrd.img-"), join(out, "initrd"));
  const time = String(SOURCE_DATE_EPOCH);
  // mksquashfs refuses times beside the variable.
  const plain: NodeJS.ProcessEnv = { ...env };
  delete plain["SOURCE_DATE_EPOCH"];
  await run(
    [
      ...([
        "mksquashfs",
        root,
        join(out, "root"),
        "-comp",
        "zstd",
        "-Xcompression-level",
        "6",
        "-b",
        "256K",
      ] as const),
      ...["-noappend", "-no-progress", "-quiet", "-mkfs-time", time, "-all-time", time],
      // The machine has its kernel already when it reads this, and firmware fetches these by themselves.
      ...["-wildcards", "-e", "boot/*", "dev/*", "proc/*", "sys/*", "run/*"],
    ],
    { env: plain, ...stoppable },
  );

  note("digests");
  const parts = Object.fromEntries(
    await Promise.all(IMAGE_PARTS.map(async (name) => [name, await describe(join(out, name))] as const)),
  ) as Record<ImagePart, { sha256: string; bytes: number }>;
  const manifest: NodeImageManifest = {
    kind: "lectern-node-image",
    suite: SUITE,
    architecture: "amd64",
    kernelFlavor: kernel,
    layers: [...layers],
    kubernetes: kubernetes.version,
    sourceDateEpoch: SOURCE_DATE_EPOCH,
    parts,
    packages,
  };
  writeFileSync(join(out, "manifest.json"), manifestText(manifest));
  return manifest;
}

/** A hook of mmdebstrap(1): a script that is given the root before its other words. */
function hook(script: string, ...words: readonly string[]): string {
  return ["sh", shellWord(script), '"$1"', ...words.map((word) => shellWord(word))].join(" ");
}

async function installedPackages(root: string): Promise<Record<string, string>> {
  const { stdout } = await run([
    "dpkg-query",
    `--admindir=${root}/var/lib/dpkg`,
    "-W",
    "-f",
    "${Package} ${Version}\\n",
  ]);
  const lines = stdout.trim().split("\n").sort();
  return Object.fromEntries(lines.map((line) => line.split(" ") as [string, string]));
}

function only(dir: string, prefix: string): string {
  const found = readdirSync(dir).filter((file) => file.startsWith(prefix));
  if (found.length !== 1) throw new Error(`${dir}: ${found.length} files ${prefix}*, should be 1`);
  return join(dir, found[0] as string);
}

async function describe(file: string): Promise<{ sha256: string; bytes: number }> {
  return { sha256: await sha256(file), bytes: statSync(file).size };
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((f) => statSync(join(dir, f)).isFile())
    .sort();
}
