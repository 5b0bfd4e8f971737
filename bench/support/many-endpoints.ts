import { Fleet } from "../../bare-metal/ipmi/fleet";

/**
 * Power status of light BMCs at ports in a row: `HOST FIRST-PORT COUNT`. Writes what it took, from the first target
 * to the last session closed, and the most memory that this process held.
 */
async function main([host = "", first = "", count = ""]: readonly string[]): Promise<void> {
  const targets = Array.from({ length: Number(count) }, (_, n) => ({
    host,
    port: Number(first) + n,
    user: "lectern",
    password: "correct-horse-16",
    privilege: "user" as const,
  }));
  const fleet = new Fleet();
  const start = performance.now();
  let answered = 0;
  for await (const result of fleet.each(targets, (ipmi) => ipmi.chassisStatus()))
    answered += result.ok ? 1 : 0;
  const milliseconds = performance.now() - start;
  await fleet.close();
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  process.stdout.write(JSON.stringify({ answered, milliseconds, peakBytes }));
}

void main(process.argv.slice(2));
