import { cpSync, mkdirSync, renameSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { makeWritable } from "../base/files";
import type { Progress } from "../base/progress";
import { Cache, contentKey } from "./cache";
import { buildKey, findGo, goBuild, moduleFolder, type Go, type GoRun } from "./go";
import { pins as allPins, type Pins, type ToolName, type ToolPin } from "./pins";
import { planSources } from "./plan";
import { onPath, thisPlatform, type Platform } from "./platform";
import { run } from "../base/run";
import { officialPlugin } from "./pulumi-home";
import { linkFolder, Toolbox, type FoundTool } from "./toolbox";
import { fetchRelease, Reachability, releaseFor } from "./vendor";
import { readVersion, versionFits } from "./version";

/** What a resolver works with; the defaults are the real ones. */
export interface ResolverOptions {
  readonly progress: Progress;
  readonly offline: boolean;
  readonly signal?: AbortSignal;
  readonly pins?: Pins;
  readonly cache?: Cache;
  readonly env?: NodeJS.ProcessEnv;
  /** Folder that the builds' folders lie in. */
  readonly toolchainDir?: string;
}

/** Finds tools, and gets those that are missing. Build one per use: it remembers what it found out. */
export class Resolver {
  private readonly pins: Pins;
  private readonly cache: Cache;
  private readonly env: NodeJS.ProcessEnv;
  private readonly toolchainDir: string;
  private readonly platform: Platform = thisPlatform();
  private readonly hosts: Reachability;
  private readonly call: GoRun;
  private go: Promise<Go | undefined> | undefined;
  /** Why a source failed, by tool. */
  private readonly failures = new Map<string, string[]>();

  constructor(private readonly options: ResolverOptions) {
    this.pins = options.pins ?? allPins;
    this.cache = options.cache ?? new Cache();
    this.env = options.env ?? process.env;
    this.toolchainDir = options.toolchainDir ?? __dirname;
    this.call = { env: this.env, ...(options.signal ? { signal: options.signal } : {}) };
    this.hosts = new Reachability((host) =>
      options.progress.say(`${host} is out of reach; what it publishes is built from Go modules`),
    );
  }

  /** The tools as they are, without getting any. */
  async find(names: readonly ToolName[]): Promise<FoundTool[]> {
    return Promise.all(names.map((name) => this.findOne(name)));
  }

  /** The tools, got where they are missing. */
  async ensure(names: readonly ToolName[]): Promise<Toolbox> {
    let found = await this.find(names);
    const missing = found.filter((t) => t.source === "missing").map((t) => t.name);
    if (missing.length > 0) {
      const got = await this.get(missing);
      found = found.map((t) => got.get(t.name) ?? t);
    }
    const data = await this.data(names);
    const programs = found
      .filter((t) => this.pin(t.name).plugin === undefined)
      .map((t) => t.path)
      .filter((p) => p !== undefined);
    return new Toolbox([linkFolder(this.cache, programs)], found, data);
  }

  private async findOne(name: ToolName): Promise<FoundTool> {
    const pin = this.pin(name);
    const official = officialPlugin(name, pin, this.env);
    if (official !== undefined)
      return { name, version: pin.version, source: "Pulumi plugin", path: official };
    for (const path of pin.check === null ? [] : onPath(name, this.env, [this.cache.dir])) {
      const version = await this.versionOf(path, pin);
      if (version !== undefined && versionFits(version, pin)) return { name, version, source: "PATH", path };
    }
    for (const [id, source] of [
      [this.vendorId(name), "cache (vendor)"],
      [await this.buildId(name), "cache (Go)"],
    ] as const) {
      const entry = id === undefined ? undefined : this.cache.find(id);
      if (entry) return { name, version: pin.version, source, path: join(entry.dir, name) };
    }
    return { name, version: pin.version, source: "missing" };
  }

  private async get(missing: readonly ToolName[]): Promise<Map<ToolName, FoundTool>> {
    const go = (await this.compiler()) !== undefined;
    const got = new Map<ToolName, FoundTool>();
    const toBuild: ToolName[] = [];
    await Promise.all(
      missing.map(async (name) => {
        const released = this.vendorId(name) !== undefined;
        const facts = { onPath: false, cached: false, released, offline: this.options.offline, go };
        const sources = planSources(facts);
        if (sources.length === 0) this.fail(name, "there is no Go compiler in PATH to build it");
        if (sources.includes("vendor")) {
          const path = await this.download(name);
          if (path)
            return void got.set(name, { name, version: this.pin(name).version, source: "vendor", path });
        }
        if (sources.includes("go")) toBuild.push(name);
        else if (sources.length > 0) this.fail(name, "there is no Go compiler in PATH to build it");
      }),
    );
    for (const build of Object.keys(this.pins.builds)) {
      const names = missing.filter((n) => toBuild.includes(n) && this.pin(n).go.build === build);
      if (names.length === 0) continue;
      for (const [name, path] of await this.build(build, names)) {
        got.set(name, { name, version: this.pin(name).version, source: "built", path });
      }
    }
    const failed = missing.filter((name) => !got.has(name));
    if (failed.length > 0) throw new Error(this.describeFailures(failed));
    return got;
  }

  /** The program from the vendor, or undefined with the reason told. */
  private async download(name: ToolName): Promise<string | undefined> {
    const release = releaseFor(this.pin(name), this.platform);
    const id = this.vendorId(name);
    if (release === undefined || id === undefined) return undefined;
    if (!(await this.hosts.canReach(release.url)) || !(await this.hosts.canReach(release.sumsUrl))) {
      this.fail(name, `${new URL(release.url).host} is out of reach`);
      return undefined;
    }
    try {
      return await this.options.progress.step(`download ${name} ${this.pin(name).version}`, (note) =>
        this.exclusively(`vendor-${name}`, note, async () => {
          const dir = this.cache.find(id)?.dir;
          if (dir !== undefined) return join(dir, name);
          return await this.cache.inTemporary(async (scratch) => {
            const made = await this.cache.publish(
              id,
              { from: release.url, source: "vendor" },
              async (entry) => {
                await fetchRelease(name, release, entry, scratch, { note, ...this.stoppable() });
                await this.mustBe(name, join(entry, name));
              },
            );
            return join(made, name);
          });
        }),
      );
    } catch (error) {
      this.options.signal?.throwIfAborted();
      const why = error instanceof Error ? error.message : String(error);
      this.fail(name, why);
      this.options.progress.say(why);
      return undefined;
    }
  }

  private async build(build: string, names: readonly ToolName[]): Promise<[ToolName, string][]> {
    const go = await this.compiler();
    const pin = this.pins.builds[build];
    if (go === undefined || pin === undefined) throw new Error(`no way to build ${build}`);
    return this.options.progress.step(`build ${names.join(", ")}`, (note) =>
      this.exclusively(`go-${build}`, note, async () => {
        // Another clone may have built some of them while this one waited.
        const waiting = await Promise.all(names.map(async (n) => [n, await this.buildId(n)] as const));
        const left = waiting.filter(([, id]) => id !== undefined && !this.cache.find(id)).map(([n]) => n);
        if (left.length > 0) {
          await this.cache.inTemporary(async (scratch) => {
            const tools = Object.fromEntries(left.map((n) => [n, this.pin(n)]));
            const place = { scratch, toolchainDir: this.toolchainDir, note };
            const programs = await goBuild(go, pin, tools, { ...place, ...this.call });
            const kept = await Promise.allSettled(left.map((n) => this.keepBuilt(n, programs[n] as string)));
            // All that is good is kept before the first that is not is told.
            for (const result of kept) if (result.status === "rejected") throw result.reason;
          });
        }
        return waiting.map(([n, id]): [ToolName, string] => [n, join(this.cache.dir, id as string, n)]);
      }),
    );
  }

  private async keepBuilt(name: ToolName, program: string): Promise<void> {
    await this.mustBe(name, program);
    const from = this.pin(name).go.package;
    const id = (await this.buildId(name)) as string;
    await this.cache.publish(id, { from, source: "go" }, (dir) => renameSync(program, join(dir, name)));
  }

  /** Data that comes with the tools, by name. */
  private async data(names: readonly string[]): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const [name, pin] of Object.entries(this.pins.data)) {
      if (!pin.with.some((tool) => names.includes(tool))) continue;
      const key = contentKey({
        module: pin.module,
        sum: pin.sum,
        root: pin.root,
        paths: pin.paths.join("\n"),
      });
      const id = `data/${name}-${key}`;
      found.set(name, this.cache.find(id)?.dir ?? (await this.copyData(name, id, pin)));
    }
    return found;
  }

  private async copyData(name: string, id: string, pin: Pins["data"][string]): Promise<string> {
    const go = await this.compiler();
    if (go === undefined) throw new Error(`${name}: Go is needed to get ${pin.module}; put it into PATH`);
    return this.options.progress.step(`copy ${name}`, async (note) => {
      note(`getting ${pin.module}`);
      const module = await moduleFolder(go, pin.module, pin.sum, this.call);
      return this.cache.publish(id, { from: pin.module, source: "go" }, (dir) => {
        for (const path of pin.paths) {
          mkdirSync(dirname(join(dir, path)), { recursive: true });
          cpSync(join(module, pin.root, path), join(dir, path), { recursive: true });
        }
        makeWritable(dir);
      });
    });
  }

  private pin(name: string): ToolPin {
    const pin = this.pins.tools[name];
    if (pin === undefined) throw new Error(`no tool is named ${name} in pins.json`);
    return pin;
  }

  private vendorId(name: string): string | undefined {
    const pin = this.pin(name);
    const release = releaseFor(pin, this.platform);
    if (release === undefined) return undefined;
    const key = contentKey({
      url: release.url,
      sum: release.sha256 ?? "",
      members: JSON.stringify(release.members ?? null),
    });
    return `tools/${name}-${pin.version}-${key}`;
  }

  private async buildId(name: string): Promise<string | undefined> {
    const pin = this.pin(name);
    const build = this.pins.builds[pin.go.build];
    const go = await this.compiler();
    if (go === undefined || build === undefined) return undefined;
    return `tools/${name}-${pin.version}-${buildKey(pin, build, go, this.toolchainDir)}`;
  }

  private compiler(): Promise<Go | undefined> {
    this.go ??= findGo(this.call);
    return this.go;
  }

  private async versionOf(program: string, pin: ToolPin): Promise<string | undefined> {
    if (pin.check === null) return undefined;
    try {
      const { stdout, stderr } = await run([program, ...pin.check.args], {
        env: this.env,
        ...this.stoppable(),
      });
      return readVersion(`${stdout}\n${stderr}`, pin.check.pattern);
    } catch {
      this.options.signal?.throwIfAborted();
      return undefined;
    }
  }

  private async mustBe(name: string, program: string): Promise<void> {
    const pin = this.pin(name);
    if (pin.check === null) return;
    const version = await this.versionOf(program, pin);
    if (version !== pin.version) {
      throw new Error(`${name}: says it is version ${version ?? "(none)"}, should be ${pin.version}`);
    }
  }

  private exclusively<T>(name: string, note: (text: string) => void, work: () => Promise<T>): Promise<T> {
    return this.cache.locked(name, work, { onWait: note, ...this.stoppable() });
  }

  private stoppable(): { signal?: AbortSignal } {
    return this.options.signal ? { signal: this.options.signal } : {};
  }

  private fail(name: string, why: string): void {
    this.failures.set(name, [...(this.failures.get(name) ?? []), why]);
  }

  private describeFailures(names: readonly string[]): string {
    const lines = names.map((name) => {
      const reasons = this.failures.get(name) ?? [];
      return `  ${name} ${this.pin(name).version}: ${reasons.join("; ")}`;
    });
    const fix = `install Go 1.26 or newer, or put these programs into PATH (${relative(process.cwd(), this.toolchainDir)}/pins.json names the versions)`;
    return [`${names.length} tools could not be got:`, ...lines, `  fix: ${fix}`].join("\n");
  }
}
