import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { readIfThere, replaceFile } from "../base/files";
import { UsageError } from "./failure";
import { interrupted } from "./interrupts";

interface BuildOptions {
  kernel: "server" | "cloud";
  layer: "nvidia"[];
  mirror?: string;
  key?: string;
  out: string;
  fresh?: true;
}

/** `lectern image`: what machines boot. */
export function addImageCommands(program: Command): void {
  const image = program.command("image").description("the image that machines boot");
  image
    .command("build")
    .description("build an image, as root on Debian 12; minutes the first time, at once after that")
    .argument("<what>", "node: Debian with containerd, kubelet and RDMA user space")
    .addOption(
      new Option("--kernel <flavor>", "server: drivers of real machines; cloud: of virtual ones")
        .choices(["server", "cloud"])
        .default("server"),
    )
    .addOption(
      new Option("--layer <names...>", "more packages from the site's mirror")
        .choices(["nvidia"])
        .default([]),
    )
    .option("--mirror <url>", "Debian mirror of the site (default: the sources of this machine)")
    .option("--key <file>", "the site's Ed25519 signing key, PKCS #8; made there if it is missing")
    .option("--out <folder>", "where the image is put", "node-image")
    .option("--fresh", "build it although it is there, to take up newer packages")
    .action(async (what: string, options: BuildOptions) => {
      if (what !== "node") throw new UsageError(`no image ${what}; there is: node`);
      await buildNode(options);
    });
  image
    .command("publish")
    .description("check an image against the site's key and put it where the boot service finds it")
    .argument("<image>", "folder of a built and signed image")
    .argument("<images>", "folder `images` of the boot service")
    .requiredOption(
      "--public-key <file>",
      "the site's public key: site.pub of its key's first build, kept elsewhere",
    )
    .option(
      "--name <name>",
      "name of the image set (default: what every machine boots that is given no other)",
    )
    .action(async (from: string, images: string, options: { publicKey: string; name?: string }) => {
      const { publishImage } = require("../images/node/publish") as typeof import("../images/node/publish");
      const publicKey = readFileSync(options.publicKey, "utf8");
      const name = options.name === undefined ? {} : { name: options.name };
      await publishImage({ image: resolve(from), images: resolve(images), publicKey, ...name });
      process.stderr.write("published; the boot service reads it at SIGHUP or its next start\n");
    });
}

async function buildNode({ kernel, layer, mirror, key, out, fresh }: BuildOptions): Promise<void> {
  const { ensureNodeImage } = require("../toolchain/node-image") as typeof import("../toolchain/node-image");
  const manifest = require("../images/node/manifest") as typeof import("../images/node/manifest");
  const { TerminalProgress } = require("./progress") as typeof import("./progress");
  const built = await ensureNodeImage({
    kernel,
    layers: layer,
    ...(mirror === undefined ? {} : { mirror }),
    ...(fresh ? { fresh } : {}),
    progress: new TerminalProgress(),
    signal: interrupted,
  });
  mkdirSync(out, { recursive: true });
  for (const file of [...manifest.IMAGE_PARTS, "manifest.json"]) cpSync(join(built, file), join(out, file));
  if (key !== undefined) {
    if (readIfThere(key) === undefined) replaceFile(key, manifest.makeSigningKey().privateKey);
    manifest.signImage(out, readFileSync(key, "utf8"));
  }
  process.stdout.write(`${resolve(out)}\n`);
}
