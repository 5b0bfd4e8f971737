import { ifThere, type KubeApi } from "../base/kubernetes/api";
import { FaultCollector, FaultsError } from "../base/faults";
import { imageLayers, parseImageReference } from "../base/oci-registry";

/** ConfigMap of a course that its teachers write: shared templates by name. */
export const TEMPLATES_NAME = "image-templates";

/** An image that a student derived from one of the course's, and a teacher shares with the class. */
export interface ImageTemplate {
  readonly name: string;
  /** Reference by digest. */
  readonly image: string;
  /** Name of the course's image that it is made from. */
  readonly base: string;
  /** Who made it. */
  readonly owner: string;
}

type Written = Omit<ImageTemplate, "name">;
interface ConfigMap {
  readonly data?: Readonly<Record<string, string>>;
}

const mapsOf = (course: string) => `/api/v1/namespaces/course-${course}/configmaps`;
const mapOf = (course: string, name: string) => `${mapsOf(course)}/${name}`;

/** The templates that are shared in a course, by name. */
export async function sharedTemplates(api: KubeApi, course: string): Promise<ImageTemplate[]> {
  return Object.entries(await dataOf(api, mapOf(course, TEMPLATES_NAME)))
    .map(([name, text]) => ({ name, ...(JSON.parse(text) as Written) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** References of the images that a course has from its site, by name. */
export function catalogOf(api: KubeApi, course: string): Promise<Readonly<Record<string, string>>> {
  return dataOf(api, mapOf(course, "images"));
}

/** What a teacher shares. */
export interface ShareRequest {
  readonly name: string;
  readonly image: string;
  readonly owner: string;
  /** Everybody of the course. */
  readonly people: readonly string[];
  /** Whether the registry speaks plain HTTP. Default: TLS. */
  readonly plainRegistry?: boolean;
}

/**
 * Shares an image with a course: it must lie in the site's registry, be named by digest, and begin with all layers of an
 * image of the course.
 * @throws {FaultsError} with everything that is wrong, before anything is shared
 */
export async function shareTemplate(
  api: KubeApi,
  course: string,
  request: ShareRequest,
): Promise<ImageTemplate> {
  const { name, image, owner, people, plainRegistry } = request;
  const faults = new FaultCollector();
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) {
    faults.add(
      "name",
      name,
      "not a DNS label (RFC 1123): a-z, 0-9 and -, at most 63",
      "a name such as torch-dicom",
    );
  }
  if (!people.includes(owner))
    faults.add("owner", owner, "nobody of the course", `one of: ${people.join(", ")}`);
  const images = await catalogOf(api, course);
  if (images[name] !== undefined)
    faults.add("name", name, "the name of an image of the course", "another name");
  const reference = parseImageReference(image);
  const registries = [...new Set(Object.values(images).map((text) => parseImageReference(text)?.registry))];
  if (reference === undefined) {
    faults.add(
      "image",
      image,
      "not named by its sha256 digest",
      "host:port/name@sha256:..., as a push prints it",
    );
  } else if (!registries.includes(reference.registry)) {
    faults.add("image", image, "not in the site's registry", `push it to ${registries.join(", ")}`);
  } else {
    const base = await baseOf(image, images, plainRegistry);
    if (base !== undefined) {
      faults.throwIfAny(`course ${course}`);
      return write(api, course, { name, image, base, owner });
    }
    const fix = `build it FROM one of: ${Object.keys(images).join(", ")}`;
    faults.add("image", image, "not made from an image of the course", fix);
  }
  throw new FaultsError(`course ${course}`, faults.faults);
}

/** Takes a template back. Pods that run go on. @returns whether it was there */
export async function withdrawTemplate(api: KubeApi, course: string, name: string): Promise<boolean> {
  const shared = await sharedTemplates(api, course);
  if (!shared.some((template) => template.name === name)) return false;
  await api.patch(mapOf(course, TEMPLATES_NAME), { data: { [name]: null } });
  return true;
}

/** The image of the course whose layers are the lowest of this one: of several, the one with the most. */
async function baseOf(
  image: string,
  images: Readonly<Record<string, string>>,
  plain: boolean | undefined,
): Promise<string | undefined> {
  const layersOf = (text: string) => {
    const reference = parseImageReference(text);
    return reference === undefined ? Promise.resolve([]) : imageLayers(reference, plain);
  };
  const own = await layersOf(image);
  const found: { readonly name: string; readonly layers: number }[] = [];
  for (const [name, text] of Object.entries(images)) {
    const layers = await layersOf(text);
    if (layers.length > 0 && layers.every((layer, i) => layer === own[i]))
      found.push({ name, layers: layers.length });
  }
  return found.sort((a, b) => b.layers - a.layers)[0]?.name;
}

async function write(
  api: KubeApi,
  course: string,
  { name, ...written }: ImageTemplate,
): Promise<ImageTemplate> {
  const data = { [name]: JSON.stringify(written) };
  const metadata = { name: TEMPLATES_NAME, namespace: `course-${course}` };
  const changed = await ifThere(api.patch(mapOf(course, TEMPLATES_NAME), { data }));
  if (changed === undefined)
    await api.post(mapsOf(course), { apiVersion: "v1", kind: "ConfigMap", metadata, data });
  return { name, ...written };
}

async function dataOf(api: KubeApi, path: string): Promise<Readonly<Record<string, string>>> {
  return (await ifThere(api.get<ConfigMap>(path)))?.data ?? {};
}
