/**
 * Tells a waiting person what goes on. Lower layers take one; the command line draws it.
 */
export interface Progress {
  /**
   * Runs `work` as a named step; steps may run side by side and inside one another.
   * @param title What is done, as it stands in the line at the start and the end: `build etcd`.
   * @param work Calls `note` with what it waits for just now.
   * @returns what `work` returns; its error passes through
   */
  step<T>(title: string, work: (note: (text: string) => void) => Promise<T>): Promise<T>;
  /** Tells something once that is no step of its own: a choice that was made, a warning. */
  say(text: string): void;
}

/** Draws nothing. */
export const silentProgress: Progress = {
  step: (_title, work) => work(() => undefined),
  say: () => undefined,
};
