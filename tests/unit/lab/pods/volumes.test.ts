import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConfigMap, Pod, Secret, Volume } from "../../../../lab/pods/objects";
import {
  VolumeNotReady,
  containerMounts,
  wantedVolumes,
  writeVolumes,
  type VolumeSources,
} from "../../../../lab/pods/volumes";

const metadata = { name: "n", uid: "u", resourceVersion: "1" };

function pod(...volumes: Volume[]): Pod {
  const volumeMounts = volumes.map((v) => ({ name: v.name, mountPath: `/mnt/${v.name}` }));
  return { metadata, spec: { containers: [{ name: "c", image: "i", volumeMounts }], volumes } };
}

function sources(configMap?: ConfigMap["data"], secret?: Secret["data"]): VolumeSources {
  return {
    configMap: () => (configMap ? { metadata, data: configMap } : undefined),
    secret: () => (secret ? { metadata, data: secret } : undefined),
  };
}

describe("volumes of a pod", () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "lectern-volumes-"))));
  afterEach(() => rmSync(dir, { recursive: true }));
  const wanted = (of: Pod, from: VolumeSources): ReturnType<typeof wantedVolumes> =>
    wantedVolumes(of, from, join(dir, "pod"), join(dir, "node"));

  it("hold a Secret's values, readable by the owner only", () => {
    const volumes = wanted(
      pod({ name: "s", secret: { secretName: "x" } }),
      sources({}, { key: btoa("value") }),
    );
    assert.equal(writeVolumes(volumes), true);
    const file = join(dir, "pod", "volumes", "s", "key");
    assert.equal(readFileSync(file, "utf8"), "value");
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(join(file, "..")).mode & 0o777, 0o700);
    assert.equal(writeVolumes(volumes), false, "nothing is written twice");
  });

  it("follow their ConfigMap: changed, added and removed keys", () => {
    const one = pod({ name: "c", configMap: { name: "x" } });
    writeVolumes(wanted(one, sources({ a: "1", b: "2" })));
    assert.equal(writeVolumes(wanted(one, sources({ b: "3", d: "4" }))), true);
    const folder = join(dir, "pod", "volumes", "c");
    assert.deepEqual(readdirSync(folder).sort(), ["b", "d"]);
    assert.equal(readFileSync(join(folder, "b"), "utf8"), "3");
  });

  it("put items at their paths, and wait for a key that is missing", () => {
    const items = [{ key: "a", path: "deep/name" }];
    const one = pod({ name: "c", configMap: { name: "x", items } });
    writeVolumes(wanted(one, sources({ a: "1", b: "2" })));
    assert.equal(readFileSync(join(dir, "pod/volumes/c/deep/name"), "utf8"), "1");
    assert.throws(() => wanted(one, sources({ b: "2" })), VolumeNotReady);
  });

  it("wait for an object that is missing, unless it is optional", () => {
    assert.throws(
      () => wanted(pod({ name: "s", secret: { secretName: "x" } }), sources()),
      /secret x not found/,
    );
    const [volume] = wanted(pod({ name: "s", secret: { secretName: "x", optional: true } }), sources());
    assert.equal(volume?.files?.size, 0);
  });

  it("lie below the room, whatever path they name", () => {
    const one = pod({ name: "h", hostPath: { path: "/tmp/socks" } }, { name: "e", emptyDir: {} });
    assert.deepEqual(
      containerMounts(one, wanted(one, sources())).map((m) => m.folder),
      [join(dir, "node/tmp/socks"), join(dir, "pod/volumes/e")],
    );
    assert.throws(
      () => wanted(pod({ name: "h", hostPath: { path: "/../../etc" } }), sources()),
      /leaves its volume/,
    );
  });

  it("refuse kinds that are not supported", () => {
    assert.throws(() => wanted(pod({ name: "n" }), sources()), /volume n: only configMap/);
  });
});
