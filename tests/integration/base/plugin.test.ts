import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProviderProcess } from "../../fixtures/provider-process";

const FABRIC = "metal:index:FabricPartitions";
const VOLUMES = "metal:index:CephVolumes";

describe("a plugin of Pulumi's engine", function () {
  this.timeout(60_000);
  let cache: string;

  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), "lectern-provider-"));
  });
  afterEach(() => rmSync(cache, { recursive: true, force: true }));

  /** Starts it as the engine does, has it check resources, and ends it as the engine does. */
  async function serve(types: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
    const provider = await ProviderProcess.start({ LECTERN_CACHE: cache, ...env });
    try {
      for (const type of types) {
        const { failures } = await provider.check(type, {});
        assert.notDeepEqual(failures, []);
      }
    } finally {
      assert.equal(await provider.interrupt(), 0);
    }
  }
  const bundle = (): string => {
    const names = readdirSync(join(cache, "bundles"));
    assert.equal(names.length, 1);
    return join(cache, "bundles", names[0] as string);
  };
  const uses = (): unknown =>
    (JSON.parse(readFileSync(bundle(), "latin1").split("\n", 1)[0] as string) as { uses: unknown }).uses;

  it("is from a bundle, which keeps what each type needed and then stays as it is", async () => {
    await serve([FABRIC]);
    assert.deepEqual(uses(), [FABRIC]);
    await serve([VOLUMES, FABRIC]);
    assert.deepEqual(uses(), [FABRIC, VOLUMES]);
    const { mtimeMs } = statSync(bundle());
    await serve([VOLUMES]);
    assert.equal(statSync(bundle()).mtimeMs, mtimeMs);
  });

  it("is from its files where stacks are to name sources, and where there is no place for a bundle", async () => {
    await serve([FABRIC], { LECTERN_DEBUG: "1" });
    assert.equal(readdirSync(cache).includes("bundles"), false);
    const noFolder = join(cache, "file");
    writeFileSync(noFolder, "");
    await serve([FABRIC], { LECTERN_CACHE: noFolder });
  });
});
