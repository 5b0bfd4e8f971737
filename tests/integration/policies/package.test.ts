import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { linkKubernetesPlugin, PulumiProject } from "../../fixtures/pulumi-project";

const ROOT = resolve(__dirname, "../../..");

const PROGRAM = `
import { Service } from "@pulumi/kubernetes/core/v1/service";
import { Provider } from "@pulumi/kubernetes/provider";

const provider = new Provider("files", { renderYamlToDirectory: "rendered" });
const metadata = { name: "tensorboard", namespace: "course-elsewhere" };
new Service("tensorboard", { metadata, spec: { type: "NodePort", ports: [{ port: 6006 }] } }, { provider });
`;

/** A pack of somebody else's, with a level of its own. */
const PACK = `
require("lectern-policies/library").servePack({ settings: { levels: { exposure: "advisory" }, exceptions: [] } }, "theirs");
`;

describe("the package of the rules in another project", function () {
  this.timeout(240_000);
  const dir = mkdtempSync(join(tmpdir(), "lectern-foreign-"));
  const installed = join(dir, "node_modules/lectern-policies");
  let project: PulumiProject;
  const preview = (pack: string) => project.pulumi("preview", "--policy-pack", pack);

  before(async () => {
    // As npm would install it: what is packed, and its dependencies beside it.
    const [packed] = JSON.parse(
      execFileSync("npm", ["pack", "--json", "--pack-destination", dir, join(ROOT, "policies")], {
        encoding: "utf8",
      }),
    ) as { filename: string }[];
    mkdirSync(installed, { recursive: true });
    execFileSync("tar", ["-xzf", join(dir, packed?.filename ?? ""), "--strip-components=1", "-C", installed]);
    for (const name of ["@pulumi", "yaml", "zod"]) {
      symlinkSync(join(ROOT, "node_modules", name), join(dir, "node_modules", name));
    }
    project = new PulumiProject(PROGRAM);
    linkKubernetesPlugin(project);
    await project.pulumi("stack", "init", "dev");
  });
  after(() => {
    project.remove();
    rmSync(dir, { recursive: true, force: true });
    rmSync(join(ROOT, "policies/dist"), { recursive: true, force: true });
  });

  it("stops what breaks a rule, as it stands", async () => {
    const { status, output } = await preview(installed);
    assert.notEqual(status, 0, output);
    assert.match(
      output.replace(/\s+/g, " "),
      /\[mandatory\] exposure .* Service course-elsewhere\/tensorboard: spec\.type = "NodePort"/,
    );
  });

  it("goes by the settings of a pack of the project's own", async () => {
    const own = join(dir, "pack");
    mkdirSync(own);
    writeFileSync(join(own, "index.js"), PACK);
    writeFileSync(
      join(own, "package.json"),
      JSON.stringify({ name: "theirs", version: "0.0.1", main: "index.js" }),
    );
    writeFileSync(
      join(own, "PulumiPolicy.yaml"),
      "runtime:\n  name: nodejs\n  options:\n    typescript: false\n",
    );
    const { status, output } = await preview(own);
    assert.equal(status, 0, output);
    assert.match(output, /\[advisory\]\s+exposure/);
  });
});
