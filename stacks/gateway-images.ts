import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { FaultCollector } from "../base/faults";
import type { GatewayImage } from "../components/control-gateway";
import { IMAGE_PARTS } from "../images/node/manifest";
import { imageSetOf, readSigned } from "../images/node/publish";
import type { SiteConfig } from "./schema";

type GatewayConfig = NonNullable<SiteConfig["gateway"]>;

/** The node images that the gateway is to serve, as their signed manifests describe them. */
export function readGatewayImages(
  { images, imageKey }: Pick<GatewayConfig, "images" | "imageKey">,
  faults: FaultCollector,
): GatewayImage[] {
  const at = "lectern:site.gateway";
  let key: string;
  try {
    key = readFileSync(imageKey, "utf8");
  } catch (error) {
    const problem = `cannot be read (${(error as NodeJS.ErrnoException).code})`;
    faults.add(`${at}.imageKey`, imageKey, problem, "the site.pub that `lectern image build node` wrote");
    return [];
  }
  const unnamed = images.filter(({ name }) => name === undefined).length;
  if (unnamed !== 1)
    faults.add(
      `${at}.images`,
      unnamed,
      "images without a name",
      "exactly one: it is what all machines boot that are not given another one",
    );
  images.forEach(({ name }, i) => {
    if (name !== undefined && images.findIndex((other) => other.name === name) !== i)
      faults.add(`${at}.images[${i}].name`, name, "another image has it too", "give each its own name");
  });
  return images.flatMap(({ name, folder }, i) => {
    try {
      const image = readSigned(folder, key);
      const { parts } = image;
      const files = IMAGE_PARTS.map((part) => {
        const [file, { sha256, bytes }] = [join(folder, part), parts[part]];
        const { size } = statSync(file);
        if (size !== bytes) throw new Error(`${part} has ${size} bytes, its manifest says ${bytes}`);
        return [sha256, file] as const;
      });
      return [
        { ...(name !== undefined && { name }), set: imageSetOf(image), files: Object.fromEntries(files) },
      ];
    } catch (error) {
      const fix =
        "a folder that `lectern image build node --key` wrote, whole, with the key of gateway.imageKey";
      faults.add(`${at}.images[${i}].folder`, folder, (error as Error).message, fix);
      return [];
    }
  });
}
