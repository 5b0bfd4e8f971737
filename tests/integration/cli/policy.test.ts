import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import type { Finding } from "../../../policies/check";
import { RULES } from "../../../policies/rules";
import { coursePolicy, goodContainer, pod } from "../../../policies/rules/examples";

const ROOT = resolve(__dirname, "../../..");

describe("lectern policy", function () {
  this.timeout(60_000);
  const dir = mkdtempSync(join(tmpdir(), "lectern-policy-"));
  const lectern = (...words: string[]): Promise<{ status: number; stdout: string; stderr: string }> =>
    new Promise((done) => {
      execFile(
        process.execPath,
        [join(ROOT, "bin/lectern.js"), "policy", ...words],
        (error, stdout, stderr) => done({ status: Number(error?.code ?? 0), stdout, stderr }),
      );
    });
  const file = (name: string, ...objects: object[]) => {
    const path = join(dir, name);
    writeFileSync(path, objects.map((object) => stringify(object)).join("---\n"));
    return path;
  };
  const bad = pod({ hostNetwork: true }, { ...goodContainer, image: "nginx:latest" });
  after(() => rmSync(dir, { recursive: true, force: true }));

  it("lists every rule", async () => {
    const { stdout } = await lectern("list", "--json");
    assert.deepEqual(
      (JSON.parse(stdout) as { rule: string }[]).map(({ rule }) => rule),
      RULES.map(({ name }) => name),
    );
    assert.match((await lectern("list")).stdout, /^RULE\s+LEVEL\s+WHERE\s+WHY/);
  });

  it("says nothing of what keeps the rules", async () => {
    const { status, stdout, stderr } = await lectern("check", file("good.yaml", coursePolicy, pod()));
    assert.deepEqual([status, stdout, stderr], [0, "2 objects: nothing to say\n", ""]);
  });

  it("names what breaks a rule, as a table and as JSON, and fails", async () => {
    const path = file("bad.yaml", coursePolicy, bad);
    const { status, stdout } = await lectern("check", path);
    assert.equal(status, 1);
    assert.match(stdout, /Pod course-x\/train\s+host-namespaces\s+mandatory\s+spec\.hostNetwork = true/);
    const findings = JSON.parse((await lectern("check", path, "--json")).stdout) as Finding[];
    assert.deepEqual([...new Set(findings.map(({ rule }) => rule))], ["host-namespaces", "image-digest"]);
  });

  it("goes by parameters from a file, and says which rules want them", async () => {
    const elsewhere = { ...goodContainer, image: goodContainer.image?.replace(/^[^/]+/, "docker.io") ?? "" };
    const path = file("elsewhere.yaml", pod({}, elsewhere));
    const unknown = await lectern("check", path);
    assert.equal(unknown.status, 0);
    assert.match(unknown.stderr, /not judged in full, for want of --parameters: image-digest/);
    const known = await lectern("check", path, "--parameters", file("parameters.yaml", coursePolicy));
    assert.equal(known.status, 1);
    assert.match(known.stdout, /the image is not in the site's registry/);
  });

  it("puts objects without a namespace into the one that is named", async () => {
    const path = file("nowhere.yaml", { ...bad, metadata: { name: "train" } });
    assert.equal((await lectern("check", path)).status, 0);
    assert.equal((await lectern("check", path, "--namespace", "course-x")).status, 1);
  });

  it("explains a rule, and knows which there are", async () => {
    assert.match((await lectern("explain", "own-work")).stdout, /^### own-work\n\nA student's pods and jobs/);
    const { status, stderr } = await lectern("explain", "own-wok");
    assert.equal(status, 2);
    assert.match(stderr, /no such rule: own-wok; there are: host-namespaces, /);
  });

  it("says what it cannot read, with status 2", async () => {
    const missing = await lectern("check", join(dir, "missing.yaml"));
    assert.equal(missing.status, 2);
    assert.match(missing.stderr, /missing\.yaml: cannot be read \(ENOENT\)/);
    const broken = join(dir, "broken.yaml");
    writeFileSync(broken, "a: [");
    assert.equal((await lectern("check", broken)).status, 2);
  });
});
