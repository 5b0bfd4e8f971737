import assert from "node:assert/strict";
import { waitFor } from "../../../../base/wait";
import { type Ipmi, type IpmiTarget, withIpmi } from "../../../../bare-metal/ipmi";
import { Fleet } from "../../../../bare-metal/ipmi/fleet";
import { startGoBmc } from "../../../fixtures/ipmi/goipmi-server";
import { startIpmiSim } from "../../../fixtures/ipmi/ipmi-sim";
import { type Relay, startRelay, type Weather } from "../../../fixtures/ipmi/relay";

const STORM: Omit<Weather, "seed"> = {
  loss: 0.2,
  duplication: 0.1,
  reordering: 0.1,
  truncation: 0.05,
  delay: 8,
};
const ROUNDS = 12;
const RETRY = { timeout: 40, retries: 12 };
/** A set-up that gets lost costs the BMC a session that nobody knows of; it ends those after 30 to 60 s by itself. */
const FORGOTTEN = { timeout: 75_000, interval: 1_000 };

interface Bmc {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  stop(): Promise<void>;
}

/** Switches power and asks for it; the answer must be that of this round. */
async function switchPower(ipmi: Ipmi, round: number): Promise<void> {
  const power = round % 2 === 0 ? "on" : "off";
  await ipmi.power(power);
  assert.equal((await ipmi.chassisStatus()).power, power, `round ${round}`);
}

const PEERS = [
  { name: "ipmi_sim", cipherSuite: 3 as const, start: () => startIpmiSim("127.84.3.1") },
  { name: "goipmi-server", cipherSuite: 17 as const, start: (): Promise<Bmc> => startGoBmc() },
];

for (const { name, cipherSuite, start } of PEERS) {
  describe(`20 % loss, with duplicates, disorder, delay and cut datagrams, before ${name}, suite ${cipherSuite}`, function () {
    this.timeout(150_000);
    let bmc: Bmc;
    let relay: Relay;
    const target = (): IpmiTarget => {
      const { user, password } = bmc;
      return { host: "127.0.0.1", port: relay.port, user, password, cipherSuite, ...RETRY };
    };
    /** Sessions besides the one that asks. */
    const sessions = async () => {
      const { host, port, user, password } = bmc;
      const { active } = await withIpmi({ host, port, user, password, cipherSuite }, (ipmi) =>
        ipmi.sessionInfo(),
      );
      return active - 1;
    };
    const noneLeft = () =>
      waitFor(
        "the BMC holds no session",
        async () => ((await sessions()) === 0 ? true : undefined),
        FORGOTTEN,
      );

    before(async () => {
      bmc = await start();
      relay = await startRelay(bmc.host, bmc.port, { ...STORM, seed: `storm ${cipherSuite}` });
    });
    after(async () => {
      await relay?.close();
      await bmc?.stop();
    });

    it("the client gets every answer right", async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        await withIpmi(target(), (ipmi) => switchPower(ipmi, round));
      }
      assert.ok(relay.lost > ROUNDS, `${relay.lost} datagrams lost`);
    });

    it("the fleet gets every answer right, with sessions that it keeps and without", async () => {
      for (const keepSessions of [false, true]) {
        const before = relay.lost;
        const fleet = new Fleet({ ...RETRY, keepSessions });
        const targets = [target()];
        for (let round = 0; round < ROUNDS; round += 1) {
          for await (const result of fleet.each(targets, (ipmi) => switchPower(ipmi, round))) {
            if (!result.ok) throw result.error;
          }
        }
        await fleet.close();
        assert.ok(relay.lost > before + 5, `${relay.lost - before} datagrams lost`);
      }
    });

    it("leaves no session on the BMC", noneLeft);
  });
}
