import type { InstallOrder } from "../install";
import { hardwareReportSchema } from "../inventory/inventory";
import {
  bearer,
  type BootAnswer,
  type BootRequest,
  errorAnswer,
  type Handler,
  json,
  nothing,
  parse,
  Refusal,
  sameSecret,
  script as scriptAnswer,
} from "./answers";
import { claimHandlers } from "./claim";
import type { DiscoveredMachines } from "./discovered";
import type { Images, ImageSet } from "./images";
import { journaled, KEPT } from "./journal";
import {
  type ImageRoots,
  journalEntrySchema,
  MAC,
  type MachineRecord,
  type MachineState,
  registrationSchema,
  type Report,
  reportSchema,
  UNDER_WAY,
} from "./record";
import { renderBootScript, renderDiscovery, renderNoBoot, type SecureService } from "./script";
import type { MachineStore, StoredMachine } from "./store";

export interface BootHandlerOptions {
  /** Where machines reach this service; written into scripts. */
  readonly url: string;
  /** The same over TLS. Without it, machines are given nothing secret and nothing is discovered. */
  readonly secure?: SecureService | undefined;
  readonly adminToken: string;
  readonly store: MachineStore;
  readonly discovered: DiscoveredMachines;
  /** What there is to boot just now. */
  readonly images: () => Images;
  readonly now: () => Date;
  /** That many random bytes, fit for secrets. */
  readonly random: (bytes: number) => Buffer;
}

/** States from which a machine's report may lead to another. A repeated report changes nothing but `readyAt`. */
const REPORT_AFTER: Readonly<Record<Report["state"], readonly MachineState[]>> = {
  wiping: ["booting", "wiping"],
  installing: ["booting", "wiping", "installing"],
  booting: ["booting", "installing"],
  joining: ["booting", "installing", "joining"],
  ready: [...UNDER_WAY, "ready"],
  failed: [...UNDER_WAY, "failed"],
};

/** The calls of docs/architecture.md, Boot service, without sockets. */
export function createBootHandler(options: BootHandlerOptions): (request: BootRequest) => BootAnswer {
  const { store, discovered, images, now, random, url, secure } = options;

  const admin =
    (handler: Handler): Handler =>
    (request, parameter) => {
      if (!sameSecret(bearer(request), options.adminToken)) {
        throw new Refusal(
          401,
          "not the administrator's token",
          "send the bootToken of credentials.json as a bearer token",
        );
      }
      return handler(request, parameter);
    };

  const registered = (mac: string): StoredMachine => {
    const machine = store.get(mac);
    if (!machine) throw new Refusal(404, `no machine ${mac}`, `register it with PUT /v1/machines/${mac}`);
    return machine;
  };

  /** The set of that name, or the service's own. */
  const imageSet = (name: string | undefined): ImageSet => {
    const { set, sets } = images();
    if (name === undefined) return set;
    const found = sets?.get(name);
    if (found) return found;
    const known = [...(sets?.keys() ?? [])].join(", ") || "none";
    throw new Refusal(409, `no image set ${name}`, `publish it, or choose one of: ${known}`);
  };

  const imageRoots = (): ImageRoots => {
    const { set, sets } = images();
    return {
      own: set.root,
      named: Object.fromEntries([...(sets ?? [])].map(([name, { root }]) => [name, root])),
    };
  };

  const bytes = (sha256: string): number | undefined => images().files.get(sha256)?.bytes;

  const enter = (machine: StoredMachine, state: MachineState): StoredMachine =>
    machine.state === state && machine.history.length > 0
      ? machine
      : {
          ...machine,
          state,
          history: [...machine.history, { at: now().toISOString(), state }].slice(-KEPT),
        };

  const save = (machine: StoredMachine): BootAnswer => {
    store.put(machine);
    return json(200, publicRecord(machine));
  };

  /** A machine whose MAC is written down wrongly shows up as a stranger. */
  const withStrangers = (machine: StoredMachine): MachineRecord => {
    const { expectedAt, bootedAt } = machine;
    const waits = expectedAt !== undefined && bootedAt === undefined;
    const strangers = waits ? discovered.all().flatMap(({ mac, at }) => (at >= expectedAt ? [mac] : [])) : [];
    return { ...publicRecord(machine), ...(strangers.length > 0 && { strangers }) };
  };

  const register: Handler = (request, mac) => {
    const registration = parse(registrationSchema, request.body);
    const namesake = store.all().find((m) => m.name === registration.name && m.mac !== mac);
    if (namesake) {
      throw new Refusal(
        409,
        `${registration.name} is the name of ${namesake.mac}`,
        "remove that machine or choose another name",
      );
    }
    const known = store.get(mac);
    imageSet(registration.image);
    discovered.remove(mac);
    return save(
      known
        ? { ...known, image: undefined, disks: undefined, ...registration }
        : enter({ mac, ...registration, state: "off", history: [] }, "off"),
    );
  };

  const expectBoot: Handler = (_request, mac) => {
    const { name, role, address, history, ...machine } = registered(mac);
    const { image, disks, orders, rejected, inspected, recorded, own, installed } = machine;
    const token = random(32).toString("base64url");
    // A boot that is expected again is another boot, so it stands in the history even if the last one never came.
    const expectedAt = now().toISOString();
    const entered = [...history, { at: expectedAt, state: "booting" as const }].slice(-KEPT);
    // Undefined ones are not written.
    const kept = { image, disks, orders, rejected, inspected, recorded, own, installed };
    return save({ mac, name, role, address, ...kept, token, state: "booting", expectedAt, history: entered });
  };

  const journal: Handler = (request, mac) =>
    save(journaled(registered(mac), parse(journalEntrySchema, request.body), now()));

  const script: Handler = (_request, mac) => {
    const machine = store.get(mac);
    if (machine === undefined) {
      if (secure) return scriptAnswer(renderDiscovery({ url, secure, mac, images: images().set, bytes }));
      throw new Refusal(404, `no machine ${mac}`, `register it with PUT /v1/machines/${mac}`);
    }
    if (!UNDER_WAY.includes(machine.state) || machine.token === undefined || installedInThisBoot(machine)) {
      return { status: 200, type: "text/plain", body: renderNoBoot(machine) };
    }
    const set = imageSet(machine.image);
    if (machine.bootedAt === undefined || machine.root !== set.root)
      store.put({ ...machine, root: set.root, bootedAt: machine.bootedAt ?? now().toISOString() });
    return scriptAnswer(
      renderBootScript({
        url,
        secure,
        machine,
        images: set,
        bytes,
        token: machine.token,
        installs: installs(machine),
      }),
    );
  };

  /** What a machine with disks is to do with them. */
  const installOrder = (machine: StoredMachine, guid: string): InstallOrder | undefined => {
    const [disk] = machine.disks ?? [];
    if (disk === undefined || installedInThisBoot(machine)) return undefined;
    const { kernel, initrd, root, signed, arguments: words } = imageSet(machine.image);
    if (signed === undefined)
      throw new Refusal(
        409,
        `the image ${root.slice(0, 12)} has no signed manifest, so it is not installed to a disk`,
        "publish it anew: lectern image publish",
      );
    const part = (sha256: string) => ({ sha256, bytes: bytes(sha256) ?? 0 });
    return {
      disk,
      recorded: machine.recorded ?? [],
      own: machine.own ?? [],
      guid,
      url,
      images: { kernel: part(kernel), initrd: part(initrd), root: part(root) },
      // How it boots from its disk, its installer says; whom it reports to then is said here.
      arguments: [
        ...words.filter((word) => !/^(boot|ip)=/.test(word)),
        ...(secure ? [`lectern.service=${secure.url}`, `lectern.pin=${secure.pin}`] : []),
        `lectern.mac=${machine.mac}`,
        `lectern.node=${machine.name}`,
      ],
      signed,
    };
  };

  const report: Handler = (request, mac) => {
    const machine = store.get(mac);
    // An unknown machine and a wrong token look alike from outside. Once a boot is claimed, its first token is spent.
    const token = machine?.claim?.token ?? machine?.token;
    if (!machine || !token || !sameSecret(bearer(request), token)) {
      throw new Refusal(
        401,
        "not the token of this boot",
        "use the token of the script that this boot fetched",
      );
    }
    const told = parse(reportSchema, request.body);
    // The lifecycle gave up, and the machine came up after all.
    const late = told.state === "ready" && machine.failure !== undefined && machine.error === undefined;
    if (!REPORT_AFTER[told.state].includes(machine.state) && !late) {
      throw new Refusal(
        409,
        `${told.state} cannot follow ${machine.state}`,
        "expect a new boot, then switch the machine on",
      );
    }
    const next = enter(machine, told.state);
    if (told.state === "ready") {
      const { clockWas, hardware, root = machine.root, clock } = told;
      const at = now();
      const clockAhead = clock === undefined ? undefined : (Date.parse(clock) - at.getTime()) / 1000;
      return save({
        ...next,
        failure: undefined,
        hardware,
        readyAt: at.toISOString(),
        ...(root !== undefined && { root }),
        ...(clockAhead !== undefined && { clockAhead }),
        ...(clockWas !== undefined && { clockWas }),
      });
    }
    if (told.state === "failed") return save({ ...next, error: told.error });
    return save({ ...next, ...toldOfDisks(machine, told, now()) });
  };

  const image: Handler = (_request, sha256) => {
    const found = images().files.get(sha256);
    if (!found)
      throw new Refusal(
        404,
        `no image ${sha256}`,
        "fetch the boot script again; the images may have changed",
      );
    return { status: 200, type: "application/octet-stream", body: found };
  };

  const discover: Handler = (request, mac) => {
    if (store.get(mac)) throw new Refusal(409, `${mac} is registered`, "boot it anew: it is no stranger");
    const hardware = parse(hardwareReportSchema, request.body);
    discovered.put({ mac, address: request.from, at: now().toISOString(), hardware });
    return nothing;
  };

  const { claim, config, configure } = claimHandlers({ store, now, random, registered, installOrder });

  const routes: readonly (readonly [RegExp, Readonly<Record<string, Handler>>])[] = [
    [/^\/v1\/machines$/, { GET: admin(() => json(200, store.all().map(publicRecord))) }],
    [
      /^\/v1\/machines\/([^/]+)$/,
      {
        GET: admin((_request, mac) => json(200, withStrangers(registered(mac)))),
        PUT: admin(register),
        DELETE: admin((_request, mac) => {
          registered(mac);
          store.remove(mac);
          return nothing;
        }),
      },
    ],
    [/^\/v1\/machines\/([^/]+)\/boot$/, { POST: admin(expectBoot) }],
    [/^\/v1\/machines\/([^/]+)\/journal$/, { POST: admin(journal) }],
    [/^\/v1\/machines\/([^/]+)\/report$/, { POST: report }],
    [/^\/v1\/machines\/([^/]+)\/claim$/, { POST: claim }],
    [/^\/v1\/machines\/([^/]+)\/config$/, { PUT: admin(configure) }],
    [/^\/v1\/machines\/([^/]+\/config\/\d{1,9})$/, { GET: config }],
    [/^\/v1\/images$/, { GET: admin(() => json(200, imageRoots())) }],
    [/^\/v1\/discovered$/, { GET: admin(() => json(200, discovered.all())) }],
    [
      /^\/v1\/discovered\/([^/]+)$/,
      {
        POST: discover,
        DELETE: admin((_request, mac) => {
          discovered.remove(mac);
          return nothing;
        }),
      },
    ],
    [/^\/boot\/([^/]+)$/, { GET: script }],
    [/^\/images\/([^/]+)$/, { GET: image }],
  ];

  return (request) => {
    try {
      const route = routes.find(([pattern]) => pattern.test(request.path));
      if (!route)
        throw new Refusal(
          404,
          `no such path: ${request.path.slice(0, 100)}`,
          "see bare-metal/boot/README.md",
        );
      const [pattern, methods] = route;
      const handler = methods[request.method];
      if (!handler) {
        const allow = Object.keys(methods).join(", ");
        throw new Refusal(405, `${request.method} does not exist here`, `use ${allow}`, { allow });
      }
      const parameter = pattern.exec(request.path)?.[1] ?? "";
      const mac = parameter.split("/")[0] ?? "";
      if (!request.path.startsWith("/images") && mac !== "" && !MAC.test(mac)) {
        throw new Refusal(
          400,
          "not a MAC address",
          "write it in lower case with colons, such as 52:54:00:71:00:11",
        );
      }
      return handler(request, parameter);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return errorAnswer(error.status, error.message, error.fix, error.headers);
    }
  };
}

/** Whether the boot that is under way goes on from the disk. */
function installedInThisBoot({ installed, expectedAt }: StoredMachine): boolean {
  return installed !== undefined && expectedAt !== undefined && installed.at >= expectedAt;
}

function installs({ disks }: StoredMachine): boolean {
  return disks !== undefined && disks.length > 0;
}

function isAboutDisk(told: Report): told is Extract<Report, { disk?: unknown }> {
  return told.state === "wiping" || told.state === "installing";
}

/** What is kept of a report about disks. Who a disk was when its name was first seen stays. */
function toldOfDisks(
  { recorded = [], own = [] }: StoredMachine,
  told: Exclude<Report, { state: "ready" } | { state: "failed" }>,
  at: Date,
): Partial<StoredMachine> {
  if (isAboutDisk(told)) {
    const { disk } = told;
    return disk ? { own: [...own.filter(({ byId }) => byId !== disk.byId), disk] } : {};
  }
  const { disks, installed } = told;
  const first = (disks ?? []).filter(({ byId }) => !recorded.some((known) => known.byId === byId));
  return {
    ...(disks && {
      inspected: disks,
      recorded: [...recorded, ...first.map(({ holds: _holds, inUse: _inUse, ...identity }) => identity)],
    }),
    ...(installed && { installed: { at: at.toISOString(), ...installed } }),
  };
}

function publicRecord({
  token: _token,
  claim: _claim,
  config: _config,
  ...record
}: StoredMachine): MachineRecord {
  return record;
}
