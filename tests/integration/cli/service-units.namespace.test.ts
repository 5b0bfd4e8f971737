import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { run } from "../../../base/run";
import { waitFor } from "../../../base/wait";
import { kubeconfigFile } from "../../../bare-metal/control-plane/kubeconfig";
import { formatTimetable, TIMETABLE_ANNOTATION } from "../../../components/plan/queue-guarantee";
import { LedgerCluster } from "../../fixtures/ledger";
import { read, reference } from "../../fixtures/policies/calls";
import { volcanoObjects } from "../../fixtures/policies/declared";
import { startSshd, type TestSshd } from "../../fixtures/sshd";

const ROOT = resolve(__dirname, "../../..");
const WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const LEDGER = "/var/lib/lectern/ledger";
const METRICS = "127.0.0.1:9400";

/** What `lectern ledger unit` and `lectern timetable unit` print, under a systemd that runs. */
describe("the services of a site as units of systemd", function () {
  this.timeout(180_000);
  let cluster: LedgerCluster;
  let sshd: TestSshd;

  /** A shell on the machine with systemd. */
  const there = async (script: string): Promise<string> => {
    const [command = "", ...words] = sshd.command;
    return (await run([command, ...words, script])).stdout;
  };
  const write = (file: string, text: string): Promise<string> =>
    there(
      `mkdir -p $(dirname ${file}) && (umask 077 && echo ${Buffer.from(text).toString("base64")} | base64 -d >${file})`,
    );
  const lectern = async (...words: string[]): Promise<string> =>
    (await run([process.execPath, resolve(ROOT, "bin/lectern.js"), ...words])).stdout;
  const shown = async (unit: string, property: string): Promise<string> =>
    (await there(`systemctl show --property ${property} --value ${unit}`)).trim();
  const journal = (unit: string): Promise<string> =>
    there(`journalctl --no-pager --output cat --unit ${unit} --lines 30`);
  /** Installs a unit as an operator does. The clone is shown to it also where it lies in a temporary folder. */
  const install = async (name: string, text: string): Promise<void> => {
    await write(`/etc/systemd/system/${name}.service`, text);
    await write(`/etc/systemd/system/${name}.service.d/clone.conf`, `[Service]\nBindReadOnlyPaths=${ROOT}\n`);
    await there(`systemctl daemon-reload && systemctl enable --now ${name}`);
  };
  const metrics = (): Promise<string> => {
    const ask = `fetch("http://${METRICS}/metrics").then((answer) => answer.text()).then(console.log)`;
    return waitFor("metrics", () => there(`${process.execPath} --eval '${ask}'`), {
      timeout: 60_000,
      interval: 500,
    });
  };
  const guarantee = async (): Promise<unknown> => {
    const { body } = await cluster.plane.must(
      read(reference("scheduling.volcano.sh/v1beta1", "Queue", "", "course-x")),
    );
    return (body["spec"] as { guarantee?: { resource?: Record<string, unknown> } }).guarantee?.resource?.[
      "nvidia.com/gpu"
    ];
  };

  before(async () => {
    await run(["ip", "link", "set", "lo", "up"]);
    cluster = await LedgerCluster.start("127.71.224.1");
    for (const object of volcanoObjects(process.env.LECTERN_VOLCANO_CHART ?? ""))
      await cluster.plane.store(object);
    const classes = [{ days: [...WEEK], from: "00:00", to: "24:00", guarantee: 4 }];
    const timetable = { timeZone: "UTC", warmUp: "15m", classes };
    const queue = {
      apiVersion: "scheduling.volcano.sh/v1beta1",
      kind: "Queue",
      metadata: {
        name: "course-x",
        annotations: { [TIMETABLE_ANNOTATION]: formatTimetable(1, timetable, ["gpu-1"]) },
      },
      spec: { guarantee: { resource: { "nvidia.com/gpu": 1 } } },
    };
    await waitFor("queues served", () => cluster.plane.store(queue).then(() => true), { timeout: 30_000 });
    sshd = await startSshd("127.71.224.2", { systemd: true });
    for (const user of ["ledger", "admin"] as const)
      await write(
        `/etc/lectern/${user}.kubeconfig`,
        readFileSync(kubeconfigFile(cluster.plane.dir, user), "utf8"),
      );
  });

  after(async () => {
    await sshd?.stop();
    await cluster?.stop();
  });

  it("records what runs, and goes on after its process is killed", async () => {
    const flags = ["--dir", LEDGER, "--kubeconfig", "/etc/lectern/ledger.kubeconfig", "--listen", METRICS];
    await install("lectern-ledger", await lectern("ledger", "unit", ...flags));
    assert.match(await metrics(), /^# TYPE lectern_/m);
    const recorded = async (name: string): Promise<void> => {
      const { metadata } = await cluster.create(name);
      await waitFor(
        `${name} runs`,
        () => cluster.truth.get(metadata.uid)?.status?.phase === "Running" || undefined,
        {
          timeout: 30_000,
        },
      );
      await cluster.finish(name, "Succeeded");
      await cluster.remove(name, 0);
      await waitFor(`${name} is recorded and gone`, () => cluster.gone.has(metadata.uid) || undefined, {
        timeout: 30_000,
      });
    };
    await recorded("ada-one");
    const first = await shown("lectern-ledger", "MainPID");
    await there(`kill -KILL ${first}`);
    await recorded("ada-two");
    assert.notEqual(await shown("lectern-ledger", "MainPID"), first);
    const rows = await there(`${process.execPath} ${ROOT}/bin/lectern.js ledger --dir ${LEDGER} --json`);
    for (const pod of ["ada-one", "ada-two"]) assert.ok(rows.includes(`"${pod}"`), rows);
    assert.equal(await there(`stat --format %a ${LEDGER}`), "700\n");
  });

  it("sets the guarantees of the timetables", async () => {
    assert.equal(await guarantee(), 1);
    const unit = await lectern("timetable", "unit", "--kubeconfig", "/etc/lectern/admin.kubeconfig");
    await install("lectern-timetable", unit);
    await waitFor("the guarantee of the class", async () => (await guarantee()) === 4 || undefined, {
      timeout: 60_000,
    });
    assert.equal(await shown("lectern-timetable", "NRestarts"), "0", await journal("lectern-timetable"));
  });

  it("ends when it is told to, as no failure", async () => {
    for (const unit of ["lectern-ledger", "lectern-timetable"]) {
      await there(`systemctl stop ${unit}`);
      assert.equal(await shown(unit, "ActiveState"), "inactive", await journal(unit));
      assert.equal(await shown(unit, "Result"), "success");
    }
  });
});
