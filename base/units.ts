/** Bytes, whole and not negative. */
export type Bytes = number & { readonly __unit?: "bytes" };
/** Milliseconds, whole and not negative. */
export type Milliseconds = number & { readonly __unit?: "ms" };

const SIZE_UNITS: Record<string, number> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};
const DURATION_UNITS: Record<string, number> = { ms: 1, s: 1e3, m: 60e3, h: 3600e3, d: 86400e3 };

/**
 * Reads a size as Kubernetes writes it (`80Gi`, `512Mi`, `1000`).
 * @returns the size in bytes, or undefined if the text is not a size
 */
export function parseSize(text: string): Bytes | undefined {
  const match = /^(\d+(?:\.\d+)?)(k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(text);
  if (!match) return undefined;
  const bytes = Number(match[1]) * (SIZE_UNITS[match[2] ?? ""] ?? NaN);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** A size in the largest binary unit that divides it, as Kubernetes reads it. */
export function formatSize(bytes: Bytes): string {
  for (const unit of ["Ti", "Gi", "Mi", "Ki"]) {
    const factor = SIZE_UNITS[unit] as number;
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return String(bytes);
}

/**
 * Reads a duration (`500ms`, `90s`, `5m`, `2h`, `14d`).
 * @returns the duration in milliseconds, or undefined if the text is not a duration
 */
export function parseDuration(text: string): Milliseconds | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (!match) return undefined;
  return Math.round(Number(match[1]) * (DURATION_UNITS[match[2] as string] ?? NaN));
}
