import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BootAnswer } from "../../../../bare-metal/boot/answers";
import { DiscoveredMachines } from "../../../../bare-metal/boot/discovered";
import { createBootHandler } from "../../../../bare-metal/boot/handler";
import type { ImageSet } from "../../../../bare-metal/boot/images";
import type { MachineRecord } from "../../../../bare-metal/boot/record";
import { MachineStore } from "../../../../bare-metal/boot/store";
import { type InstallOrder, installOrderSchema } from "../../../../bare-metal/install";
import { parseIpxe } from "../../../../lab/ipxe";

const ADMIN = "admin-token";
const MAC = "52:54:00:71:00:11";
const MACHINE = { name: "gpu-1", role: "gpu", address: "127.80.2.11" };
const HARDWARE = { cpus: 2, memoryBytes: 4096, gpus: [{ model: "T4", memoryBytes: 16 }], hcas: [] };
const images = {
  sets: new Map<string, ImageSet>(),
  set: { kernel: "a".repeat(64), initrd: "b".repeat(64), root: "c".repeat(64), arguments: [] } as ImageSet,
  files: new Map(["a", "b", "c"].map((x) => [x.repeat(64), { file: `/${x}`, bytes: 7 }])),
};

describe("boot service calls", () => {
  let dir: string;
  let tick: number;
  let draw: number;
  let handle: ReturnType<typeof createBootHandler>;

  let caller: { from: string; secure: boolean };
  const send = (method: string, path: string, token = ADMIN, body: unknown = ""): BootAnswer =>
    handle({
      method,
      path,
      authorization: token === "" ? undefined : `Bearer ${token}`,
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...caller,
    });
  const record = (answer: BootAnswer): MachineRecord => JSON.parse(answer.body as string) as MachineRecord;
  const register = (): BootAnswer => send("PUT", `/v1/machines/${MAC}`, ADMIN, MACHINE);
  const report = (token: string, body: unknown): BootAnswer =>
    send("POST", `/v1/machines/${MAC}/report`, token, body);
  const expectBoot = (): string => {
    assert.equal(send("POST", `/v1/machines/${MAC}/boot`).status, 200);
    return oneTimeToken(send("GET", `/boot/${MAC}`, "").body as string);
  };
  const oneTimeToken = (script: string): string => {
    const plan = parseIpxe(script);
    assert.ok(plan.boot);
    return plan.commandLine.get("lectern.token")!;
  };

  const { set } = images;
  beforeEach(() => {
    images.set = set;
    dir = mkdtempSync(join(tmpdir(), "lectern-boot-"));
    tick = 0;
    draw = 0;
    caller = { from: MACHINE.address, secure: true };
    handle = createBootHandler({
      url: "http://127.80.0.1:8080",
      adminToken: ADMIN,
      secure: { url: "https://127.80.0.1:8443", pin: "sha256//pin" },
      images: () => images,
      store: new MachineStore(dir),
      discovered: new DiscoveredMachines(join(dir, "discovered")),
      now: () => new Date(Date.UTC(2026, 0, 1, 0, 0, tick++)),
      random: (bytes) => Buffer.alloc(bytes, ++draw),
    });
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it("gives a machine with a disk its order with the claim, keeps what it tells, and then sends it to its disk", () => {
    const disks = [{ byId: "nvme-X_1" }];
    const claimed = (token: string) => {
      const answer = send("POST", `/v1/machines/${MAC}/claim`, token, { nonce: "n".repeat(43) });
      return {
        status: answer.status,
        ...(JSON.parse(answer.body as string) as { token: string; install: InstallOrder }),
      };
    };
    send("PUT", `/v1/machines/${MAC}`, ADMIN, { ...MACHINE, disks });
    assert.equal(claimed(expectBoot()).status, 409, "an image without a signed manifest is not installed");

    const signed = { manifest: "{}", signature: "s", publicKey: "k" };
    images.set = { ...images.set, arguments: ["boot=lectern", "ip=dhcp", "quiet"], signed };
    const script = () => send("GET", `/boot/${MAC}`, "").body as string;
    const { token, install } = claimed(expectBoot());
    assert.match(script(), / lectern\.install=1\b/);
    assert.deepEqual(claimed(oneTimeToken(script())).install, install);
    assert.deepEqual(installOrderSchema.parse(install).disk, disks[0]);
    assert.deepEqual([install.recorded, install.own, install.signed], [[], [], signed]);
    assert.match(install.guid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const own = "lectern.service=https://127.80.0.1:8443 lectern.pin=sha256//pin";
    assert.equal(install.arguments.join(" "), `quiet ${own} lectern.mac=${MAC} lectern.node=gpu-1`);

    const x = { byId: "nvme-X_1", size: 2 ** 40, serial: "S1" };
    const found = (serial: string) => [{ ...x, serial, holds: "", inUse: false }];
    report(token, { state: "booting", disks: found("S1") });
    report(token, { state: "installing", disk: { byId: x.byId, guid: install.guid } });
    const installed = { byId: x.byId, slot: "a", root: "c".repeat(64) };
    const after = record(report(token, { state: "booting", installed }));
    assert.deepEqual([after.recorded, after.own], [[x], [{ byId: x.byId, guid: install.guid }]]);
    assert.equal(after.installed?.slot, "a");
    assert.match(script(), /exit 1/);
    assert.doesNotMatch(script(), /lectern\.token/);
    report(token, { state: "ready", hardware: HARDWARE, root: "c".repeat(64) });

    // The next boot installs again, and knows who the disk was, whatever is found under its name.
    const next = claimed(expectBoot());
    assert.deepEqual(
      [next.install.recorded, next.install.own],
      [[x], [{ byId: x.byId, guid: install.guid }]],
    );
    const swapped = record(report(next.token, { state: "booting", disks: found("S2") }));
    assert.equal(swapped.inspected?.[0]?.serial, "S2");
    assert.equal(swapped.recorded?.[0]?.serial, "S1");
    const forgot = record(
      send("POST", `/v1/machines/${MAC}/journal`, ADMIN, { forgetDisks: true, reset: true }),
    );
    assert.deepEqual([forgot.recorded, forgot.own], [undefined, undefined]);
  });

  it("takes only words about disks that have their form", () => {
    register();
    const token = expectBoot();
    const wrong = report(token, { state: "installing", disk: { byId: "nvme-X", guid: "x" } });
    assert.equal(wrong.status, 400);
    assert.equal(report(token, { state: "ready", hardware: HARDWARE, disk: {} }).status, 400);
    assert.equal(
      send("PUT", `/v1/machines/${MAC}`, ADMIN, { ...MACHINE, disks: [{ byId: "sda" }] }).status,
      400,
    );
  });

  it("follows a machine from registration to ready, and tells each change with its time", () => {
    assert.equal(record(register()).state, "off");
    const token = expectBoot();
    assert.equal(record(report(token, { state: "installing" })).state, "installing");
    const ready = record(report(token, { state: "ready", hardware: HARDWARE }));
    assert.equal(ready.state, "ready");
    assert.deepEqual(ready.hardware, HARDWARE);
    assert.deepEqual(
      ready.history.map((h) => h.state),
      ["off", "booting", "installing", "ready"],
    );
    assert.deepEqual(record(send("GET", `/v1/machines/${MAC}`)), ready);
    assert.ok(ready.bootedAt! < ready.readyAt!);
  });

  it("refuses every administrator's call without the right token", () => {
    register();
    for (const token of ["", "admin-tokem", "admin-token2", "x"]) {
      for (const [method, path] of [
        ["GET", "/v1/machines"],
        ["GET", `/v1/machines/${MAC}`],
        ["PUT", `/v1/machines/${MAC}`],
        ["DELETE", `/v1/machines/${MAC}`],
        ["POST", `/v1/machines/${MAC}/boot`],
      ] as const) {
        const answer = send(method, path, token, MACHINE);
        assert.equal(answer.status, 401, `${method} ${path} with ${token}`);
        assert.match(answer.body as string, /"fix":/);
      }
    }
    assert.equal(send("GET", `/v1/machines/${MAC}`).status, 200);
  });

  it("takes a report with the token of this boot only", () => {
    register();
    const first = expectBoot();
    report(first, { state: "ready", hardware: HARDWARE });
    const second = expectBoot();
    assert.notEqual(first, second);
    assert.equal(
      report(first, { state: "ready", hardware: HARDWARE }).status,
      401,
      "token of the boot before",
    );
    assert.equal(report(ADMIN, { state: "installing" }).status, 401, "the administrator is no machine");
    assert.equal(report("", { state: "installing" }).status, 401);
    assert.equal(record(send("GET", `/v1/machines/${MAC}`)).state, "booting");
    assert.equal(report(second, { state: "installing" }).status, 200);
  });

  it("forgets the last report when a new boot is expected", () => {
    register();
    report(expectBoot(), { state: "failed", error: "digest" });
    assert.equal(record(send("GET", `/v1/machines/${MAC}`)).error, "digest");
    report(expectBoot(), { state: "ready", hardware: HARDWARE });
    const again = record(send("POST", `/v1/machines/${MAC}/boot`));
    assert.deepEqual(
      [again.hardware, again.error, again.bootedAt, again.readyAt],
      [undefined, undefined, undefined, undefined],
    );
  });

  it("gives the token only while the boot is under way, and to nobody else in any answer", () => {
    register();
    assert.deepEqual(parseIpxe(send("GET", `/boot/${MAC}`, "").body as string), { boot: false });
    const token = expectBoot();
    report(token, { state: "ready", hardware: HARDWARE });
    assert.deepEqual(parseIpxe(send("GET", `/boot/${MAC}`, "").body as string), { boot: false });
    const seen = [send("GET", "/v1/machines"), send("GET", `/v1/machines/${MAC}`), register()];
    for (const { body } of seen) assert.ok(!(body as string).includes(token));
  });

  it("lets a ready machine report ready again, but not go back to installing", () => {
    register();
    const token = expectBoot();
    const first = record(report(token, { state: "ready", hardware: HARDWARE }));
    const again = record(report(token, { state: "ready", hardware: HARDWARE }));
    assert.equal(again.history.length, first.history.length);
    assert.ok(again.readyAt! > first.readyAt!);
    assert.equal(report(token, { state: "installing" }).status, 409);
  });

  it("names what is wrong in a body", () => {
    register();
    const token = expectBoot();
    const wrong = report(token, { state: "ready", hardware: { ...HARDWARE, cpus: 0 } });
    assert.equal(wrong.status, 400);
    assert.match(wrong.body as string, /hardware\.cpus/);
    assert.equal(report(token, "{").status, 400);
    assert.equal(report(token, { state: "off" }).status, 400);
    assert.equal(send("PUT", `/v1/machines/${MAC}`, ADMIN, { ...MACHINE, role: "gpus" }).status, 400);
  });

  it("registers again without touching the state, and keeps names unique", () => {
    register();
    expectBoot();
    const moved = record(send("PUT", `/v1/machines/${MAC}`, ADMIN, { ...MACHINE, address: "127.80.2.12" }));
    assert.deepEqual([moved.state, moved.address], ["booting", "127.80.2.12"]);
    assert.equal(send("PUT", "/v1/machines/52:54:00:71:00:12", ADMIN, MACHINE).status, 409);
  });

  it("answers 404, 405 and 400 where there is nothing to do", () => {
    assert.equal(send("GET", "/nothing").status, 404);
    assert.equal(send("GET", `/images/${"f".repeat(64)}`, "").status, 404);
    assert.equal(send("GET", "/images/../../etc/passwd", "").status, 404);
    const answer = send("PATCH", "/v1/machines");
    assert.deepEqual([answer.status, answer.headers?.["allow"]], [405, "GET"]);
    assert.equal(send("GET", "/boot/52-54-00-71-00-11", "").status, 400);
    assert.deepEqual(send("GET", `/images/${"a".repeat(64)}`, "").body, { file: "/a", bytes: 7 });
  });

  it("knows after a restart what it knew before", () => {
    register();
    const token = expectBoot();
    handle = createBootHandler({
      url: "",
      adminToken: ADMIN,
      images: () => images,
      now: () => new Date(),
      random: Buffer.alloc,
      store: new MachineStore(dir),
      discovered: new DiscoveredMachines(join(dir, "discovered")),
    });
    assert.equal(report(token, { state: "installing" }).status, 200);
    assert.equal(send("DELETE", `/v1/machines/${MAC}`).status, 204);
    assert.equal(new MachineStore(dir).all().length, 0);
  });

  const claim = (token: string, nonce = "n".repeat(40)): BootAnswer =>
    send("POST", `/v1/machines/${MAC}/claim`, token, { nonce });
  const tokenOf = (answer: BootAnswer): string =>
    (JSON.parse(answer.body as string) as { token: string }).token;
  const CONFIG = { files: [{ path: "/etc/x", mode: "0600", content: "s3cret" }], units: ["kubelet.service"] };

  it("gives the configuration only for a claim, which the boot script's token makes once", () => {
    register();
    const scriptToken = expectBoot();
    const claimed = claim(scriptToken);
    assert.equal(claimed.status, 200);
    const token = tokenOf(claimed);
    assert.notEqual(token, scriptToken);
    assert.equal(tokenOf(claim(scriptToken)), token, "the same machine asks again: the answer was lost");
    const other = claim(scriptToken, "m".repeat(40));
    assert.equal(other.status, 409);
    assert.match(other.body as string, /claimed at 2026[^]*by 127\.80\.2\.11[^]*boot the machine anew/);

    const config = (has: number, who = token) => send("GET", `/v1/machines/${MAC}/config/${has}`, who);
    assert.equal(config(0).status, 204, "nothing to apply yet");
    assert.equal(send("PUT", `/v1/machines/${MAC}/config`, ADMIN, CONFIG).status, 204);
    assert.equal(send("PUT", `/v1/machines/${MAC}/config`, ADMIN, CONFIG).status, 204);
    assert.deepEqual(JSON.parse(config(0).body as string), { revision: 1, ...CONFIG });
    assert.equal(config(1).status, 204);
    for (const wrong of [scriptToken, "", ADMIN]) assert.equal(config(0, wrong).status, 401);
    assert.equal(report(scriptToken, { state: "installing" }).status, 401, "the script's token is spent");
    assert.equal(report(token, { state: "ready", hardware: HARDWARE }).status, 200);
    assert.ok(!JSON.stringify(record(send("GET", `/v1/machines/${MAC}`))).includes("s3cret"));

    expectBoot();
    assert.equal(config(0).status, 401, "another boot is another claim, and starts without a configuration");
  });

  it("lets nobody read secrets along, and takes no claim from another address", () => {
    register();
    const token = expectBoot();
    caller = { from: MACHINE.address, secure: false };
    assert.equal(claim(token).status, 403);
    assert.equal(send("PUT", `/v1/machines/${MAC}/config`, ADMIN, CONFIG).status, 403);
    caller = { from: "127.80.2.99", secure: true };
    const answer = claim(token);
    assert.equal(answer.status, 403);
    assert.match(answer.body as string, /127\.80\.2\.99[^]*127\.80\.2\.11[^]*second DHCP server/);
  });

  it("boots a stranger only to learn what it is, and lists it until it is adopted", () => {
    const plan = parseIpxe(send("GET", `/boot/${MAC}`, "").body as string);
    assert.ok(plan.boot);
    assert.equal(plan.commandLine.get("lectern.discover"), "1");
    assert.equal(plan.commandLine.get("lectern.token"), undefined);
    assert.equal(send("POST", `/v1/discovered/${MAC}`, "", HARDWARE).status, 204);
    assert.equal(send("POST", `/v1/discovered/${MAC}`, "", { cpus: 0 }).status, 400);
    assert.equal(send("GET", "/v1/discovered", "").status, 401);
    const list = () =>
      JSON.parse(send("GET", "/v1/discovered").body as string) as { mac: string; hardware: object }[];
    assert.deepEqual(
      list().map((m) => [m.mac, m.hardware]),
      [[MAC, HARDWARE]],
    );
    register();
    assert.deepEqual(list(), []);
    assert.equal(send("POST", `/v1/discovered/${MAC}`, "", HARDWARE).status, 409);
  });

  it("shows strangers beside a machine that is awaited, for one of them may be it with another MAC", () => {
    const other = "52:54:00:71:00:99";
    const strangers = () => record(send("GET", `/v1/machines/${MAC}`)).strangers;
    register();
    send("POST", `/v1/discovered/52:54:00:71:00:98`, "", HARDWARE);
    send("POST", `/v1/machines/${MAC}/boot`);
    assert.equal(strangers(), undefined, "who came before is none");
    send("POST", `/v1/discovered/${other}`, "", HARDWARE);
    assert.deepEqual(strangers(), [other]);
    send("GET", `/boot/${MAC}`, "");
    assert.equal(strangers(), undefined, "it came");
  });

  it("keeps how wrong a clock was before the machine's system set it", () => {
    register();
    const token = expectBoot();
    assert.equal(report(token, { state: "ready", hardware: HARDWARE, clockWas: -7200 }).status, 200);
    assert.equal(record(send("GET", `/v1/machines/${MAC}`)).clockWas, -7200);
  });

  it("boots a machine into the image set that it is registered with", () => {
    assert.equal(send("PUT", `/v1/machines/${MAC}`, ADMIN, { ...MACHINE, image: "next" }).status, 409);
    images.sets.set("next", { ...images.set, root: "d".repeat(64) });
    assert.equal(send("PUT", `/v1/machines/${MAC}`, ADMIN, { ...MACHINE, image: "next" }).status, 200);
    expectBoot();
    assert.equal(record(send("GET", `/v1/machines/${MAC}`)).root, "d".repeat(64));
    images.sets.clear();
  });
});
