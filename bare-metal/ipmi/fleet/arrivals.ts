/**
 * Values as they come, for a `for await` that may be slower than what makes them.
 * @param produce hands each value to `emit`, and ends when no more come; what it throws, the loop throws
 */
export async function* arrivals<T>(
  produce: (emit: (value: T) => void) => Promise<void>,
): AsyncGenerator<T, void, undefined> {
  let arrived: T[] = [];
  let ended = false;
  let wake: () => void = () => undefined;
  const production = produce((value) => {
    arrived.push(value);
    wake();
  }).finally(() => {
    ended = true;
    wake();
  });
  // Whoever leaves the loop early does not hear of it.
  production.catch(() => undefined);
  for (;;) {
    const batch = arrived;
    arrived = [];
    yield* batch;
    if (arrived.length > 0) continue;
    if (ended) break;
    await new Promise<void>((resolve) => (wake = resolve));
  }
  await production;
}
