import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { CephCluster } from "./index";

/** Debian's own, which finds python3-rados and python3-cephfs; another one in PATH would not. */
const PYTHON = "/usr/bin/python3";

/** A command that the cluster refused. */
export class CephError extends Error {
  /** @param errno Positive, errno(3): 2 is "no such thing", 17 "exists". */
  constructor(
    what: string,
    readonly errno: number,
    message: string,
  ) {
    super(`Ceph: ${what}: ${message === "" ? `error ${errno}` : message}`);
    this.name = "CephError";
  }
}

export const ENOENT = 2;

/** A command as `ceph` sends it: its words as `prefix`, its arguments by name. */
export type CephCommand = { readonly prefix: string } & Readonly<Record<string, unknown>>;

/** What is done with a tree; `fresh` reads from the OSDs, not from what this session has in its cache. */
export interface TreeAction {
  readonly action: "list" | "copy" | "remove" | "rename" | "mkdir" | "write" | "read";
  readonly path: string;
  /** Of `copy` and `rename`. */
  readonly into?: string;
  /** Of `write`. */
  readonly text?: string;
  readonly fresh?: boolean;
}

interface Reply {
  readonly status: number;
  readonly output?: unknown;
  readonly message?: string;
}

/**
 * A connection to a cluster through librados (commands.py beside this file). One start serves many commands; keys pass
 * through pipes and files, never through argv.
 */
export class CephSession {
  private last: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly lines: Interface,
    private readonly errors: () => string,
  ) {}

  /** Runs the work with a session, and ends it. */
  static async use<T>(cluster: CephCluster, work: (ceph: CephSession) => Promise<T>): Promise<T> {
    const child = spawn(PYTHON, [join(__dirname, "commands.py")], { stdio: "pipe" });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    child.stdin.on("error", () => undefined);
    const ended = once(child, "close");
    const session = new CephSession(child, createInterface(child.stdout), () => errors);
    try {
      const { conf, keyring, client = "client.admin" } = cluster;
      await session.ask(`connect with ${conf} as ${client}`, { conf, keyring, client });
      return await work(session);
    } finally {
      child.stdin.end();
      await ended.catch(() => undefined);
    }
  }

  /** A command for the monitors. @throws {CephError} */
  mon<T = unknown>(command: CephCommand): Promise<T> {
    return this.ask<T>(command.prefix, { to: "mon", command });
  }

  /** A command for the manager. @throws {CephError} */
  mgr<T = unknown>(command: CephCommand): Promise<T> {
    return this.ask<T>(command.prefix, { to: "mgr", command });
  }

  /** A command for the active MDS of a file system. @throws {CephError} */
  mds<T = unknown>(filesystem: string, command: CephCommand): Promise<T> {
    return this.ask<T>(command.prefix, { to: "mds", filesystem, command });
  }

  /** How many entries a directory holds. @throws {CephError} */
  countEntries(filesystem: string, path: string): Promise<number> {
    return this.ask<number>(`list ${path}`, { to: "directory", filesystem, path });
  }

  /** Something with a tree of files (trees.py). @throws {CephError} */
  tree<T>(filesystem: string, action: TreeAction): Promise<T> {
    return this.ask<T>(`${action.action} ${action.path}`, { to: "tree", filesystem, ...action });
  }

  /** Requests are answered in turn. */
  private ask<T>(what: string, request: object): Promise<T> {
    const answer = this.last.catch(() => undefined).then(() => this.exchange<T>(what, request));
    this.last = answer;
    return answer;
  }

  private async exchange<T>(what: string, request: object): Promise<T> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    const line = await new Promise<string | undefined>((resolve) => {
      const stop = (): void => resolve(undefined);
      this.child.once("close", stop);
      this.lines.once("line", (text) => {
        this.child.off("close", stop);
        resolve(text);
      });
    });
    if (line === undefined) {
      throw new Error(
        `Ceph: ${what}: python3 with rados ended: ${this.errors().trim().split("\n").at(-1) ?? ""}`,
      );
    }
    const reply = JSON.parse(line) as Reply;
    if (reply.status !== 0) throw new CephError(what, Math.abs(reply.status), reply.message ?? "");
    return reply.output as T;
  }
}
