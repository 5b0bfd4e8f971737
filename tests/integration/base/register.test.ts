import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(__dirname, "../../..");

describe("base/register", () => {
  const dir = mkdtempSync(join(tmpdir(), "lectern-register-"));
  after(() => rmSync(dir, { recursive: true, force: true }));

  /** What a program with these files prints when its `main` is run. */
  function run(main: string, files: Record<string, string>): string {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
    const argv = ["--require", join(ROOT, "base", "register.js"), join(dir, main)];
    const env = { ...process.env, LECTERN_CACHE: join(dir, "cache") };
    const { stdout, stderr } = spawnSync(process.execPath, argv, { cwd: ROOT, env, encoding: "utf8" });
    assert.equal(stderr, "");
    return stdout;
  }
  const THROWS = "interface Nothing {}\n\n\nexport function fail(): never { throw new Error('x'); }\n";

  it("names file and line of TypeScript in a stack, whoever loaded it", () => {
    const main =
      "import { fail } from './throws';\ntry { fail(); } catch (e) { console.log((e as Error).stack); }";
    assert.match(run("main.ts", { "main.ts": main, "throws.ts": THROWS }), /throws\.ts:4:\d+\)/);
    const js =
      "setImmediate(() => { try { require('./throws').fail() } catch (e) { console.log(e.stack) } });";
    assert.match(run("main.js", { "main.js": js, "throws.ts": THROWS }), /throws\.ts:4:\d+\)/);
  });

  it("keeps no source map of a package", () => {
    const map = Buffer.from('{"version":3,"sources":["a.ts"],"names":[],"mappings":"AAAA"}').toString(
      "base64",
    );
    const files = {
      "kept.ts": "export const a: number = 1;",
      "package.js": `//# sourceMappingURL=data:application/json;base64,${map}`,
      "main.js":
        "require('./kept.ts'); require('./package.js'); const { findSourceMap } = require('node:module');\n" +
        "console.log(['kept.ts', 'package.js'].map((f) => findSourceMap(require.resolve('./' + f)) !== undefined).join());",
    };
    assert.equal(run("main.js", files), "true,false\n");
  });

  it("loads a transpiler for what is new or changed only", () => {
    const main = (n: number) =>
      `const n: number = ${n}; console.log(n, Object.keys(require.cache).some((f) => f.includes("/esbuild/lib/")));`;
    assert.equal(run("changes.ts", { "changes.ts": main(1) }), "1 true\n");
    assert.equal(run("changes.ts", { "changes.ts": main(1) }), "1 false\n");
    assert.equal(run("changes.ts", { "changes.ts": main(2) }), "2 true\n");
  });

  it("does without a cache that it cannot write", () => {
    rmSync(join(dir, "cache"), { recursive: true, force: true });
    writeFileSync(join(dir, "cache"), "not a folder");
    assert.equal(run("main.ts", { "main.ts": "const n: number = 3; console.log(n);" }), "3\n");
  });

  it("takes code before data of the same name", () => {
    const files = { "both.json": "{}", "both.ts": "export const code = true;" };
    assert.equal(
      run("asks.ts", { ...files, "asks.ts": "import * as b from './both'; console.log('code' in b);" }),
      "true\n",
    );
  });
});
