import pc from "picocolors";
import type { Progress } from "../base/progress";

/** How often a step that still runs is told again where there is no live line. */
const HEARTBEAT_MS = 5_000;
const FRAME_MS = 100;
const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/** Where progress is drawn. */
export interface Terminal {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

interface Running {
  readonly title: string;
  readonly since: number;
  note: string;
  toldAt: number;
}

/** A time as a person reads it: `0.3 s`, `12.3 s`, `4 min 05 s`. */
export function formatElapsed(ms: number): string {
  const tenths = Math.round(ms / 100);
  if (tenths < 1000) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

/** Whether colours are wanted there: a terminal, and no NO_COLOR (https://no-color.org). */
export function wantsColors(out: Terminal, env: NodeJS.ProcessEnv = process.env): boolean {
  return out.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}

/**
 * Progress for a person: on a terminal one live line, elsewhere a line at the start of a step, one every
 * five seconds, and one at its end. Never on stdout, which belongs to results.
 */
export class TerminalProgress implements Progress {
  private readonly running = new Set<Running>();
  private readonly colors: ReturnType<typeof pc.createColors>;
  private readonly live: boolean;
  private timer: NodeJS.Timeout | undefined;
  private frame = 0;

  constructor(
    private readonly out: Terminal = process.stderr,
    env: NodeJS.ProcessEnv = process.env,
  ) {
    this.live = out.isTTY === true && env["TERM"] !== "dumb";
    this.colors = pc.createColors(wantsColors(out, env));
  }

  async step<T>(title: string, work: (note: (text: string) => void) => Promise<T>): Promise<T> {
    const now = Date.now();
    const step: Running = { title, since: now, note: "", toldAt: now };
    this.running.add(step);
    this.timer ??= setInterval(() => this.tick(), this.live ? FRAME_MS : HEARTBEAT_MS / 5).unref();
    if (!this.live) this.line(`  ${title} ...`);
    try {
      const result = await work((text) => (step.note = text));
      this.end(step, this.colors.green("✓"));
      return result;
    } catch (error) {
      this.end(step, this.colors.red("✗"));
      throw error;
    }
  }

  say(text: string): void {
    for (const line of text.split("\n")) this.line(`  ${line}`);
  }

  /** Lets something else write to the same terminal: the live line makes room, and comes back below. */
  above(write: () => void): void {
    const drawn = this.live && this.running.size > 0;
    if (drawn) this.out.write("\r\x1b[K");
    write();
    if (drawn) this.draw();
  }

  private end(step: Running, mark: string): void {
    this.running.delete(step);
    if (this.running.size === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
    }
    this.line(`${mark} ${step.title} ${this.colors.dim(`(${formatElapsed(Date.now() - step.since)})`)}`);
  }

  private tick(): void {
    if (this.live) return this.draw();
    const now = Date.now();
    for (const step of this.running) {
      if (now - step.toldAt < HEARTBEAT_MS) continue;
      step.toldAt = now;
      this.line(`  ${describe(step, now)}`);
    }
  }

  private line(text: string): void {
    this.out.write(this.live ? `\r\x1b[K${text}\n` : `${text}\n`);
    if (this.live) this.draw();
  }

  private draw(): void {
    if (this.running.size === 0) return;
    const now = Date.now();
    this.frame = (this.frame + 1) % FRAMES.length;
    const text = [...this.running].map((s) => describe(s, now)).join("  |  ");
    const room = Math.max(20, (this.out.columns || 80) - 3);
    const cut = text.length > room ? `${text.slice(0, room - 1)}…` : text;
    this.out.write(`\r\x1b[K${this.colors.cyan(FRAMES[this.frame] ?? "")} ${cut}`);
  }
}

function describe(step: Running, now: number): string {
  const note = step.note === "" ? "" : `: ${step.note}`;
  return `${step.title} ${formatElapsed(now - step.since)}${note}`;
}
