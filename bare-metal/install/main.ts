import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { inspectDisks } from "./inspect";
import { install } from "./install";
import { planLayout } from "./layout";
import { installOrderSchema } from "./order";
import { fetchWhole, tellService } from "./service";
import { fromFile } from "./target";

/**
 * Runs on a machine that booted over the network, by the boot agent: installs what the boot service ordered.
 * `--order FILE` its words, `--token-file FILE` that of the claim, `--root FILE` the root file system that this boot
 * fetched. Prints where the data partition lies, as `DEVICE START SIZE`; on failure, what is wrong on stderr.
 */
async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      order: text,
      service: text,
      pin: text,
      mac: text,
      "token-file": text,
      root: text,
      loader: text,
    },
  });
  const need = (name: keyof typeof values): string => {
    const value = values[name];
    if (!value) throw new Error(`--${name} is missing`);
    return value;
  };
  const order = installOrderSchema.parse(JSON.parse(readFileSync(need("order"), "utf8")));
  const token = readFileSync(need("token-file"), "utf8").trim();
  const service = { url: need("service"), pin: need("pin"), token };
  const root = need("root");
  const say = (line: string): void => void process.stderr.write(`lectern: ${line}\n`);
  const disks = await inspectDisks();
  await install({
    order,
    disks,
    loader: need("loader"),
    note: say,
    tell: (report) => tellService(service, `/v1/machines/${need("mac")}/report`, report),
    async fetch(sha256) {
      if (sha256 === order.images.root.sha256) return fromFile(root);
      const whole = await fetchWhole(`${order.url}/images/${sha256}`);
      return (async function* () {
        yield whole;
      })();
    },
  });
  const disk = disks.find(({ byId }) => byId === order.disk.byId);
  if (disk) {
    const { start, size } = planLayout(disk.size, order.guid).data;
    process.stdout.write(`${disk.device} ${start} ${size}\n`);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
});
