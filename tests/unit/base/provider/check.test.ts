import assert from "node:assert/strict";
import { checkInputs } from "../../../../base/provider/check";
import { type AnyKind, type Properties, UNKNOWN } from "../../../../base/provider";
import { machine } from "../../../../bare-metal/provider/resources/machine";
import { fabricPartitions } from "../../../../bare-metal/provider/resources/fabric-partitions";
import { machineInputs } from "../../../fixtures/machine-inputs";

const check = (value: object) => checkInputs(machine, { values: value as Properties, secrets: [] });

describe("check of inputs", () => {
  it("passes what is right, and fills in defaults", () => {
    const { inputs, faults } = check({
      ...machineInputs(),
      power: undefined,
      readyTimeoutSeconds: undefined,
    });
    assert.deepEqual(faults, []);
    assert.deepEqual(inputs, machineInputs());
  });

  it("names path, value and fix of every fault at once", () => {
    const right = machineInputs();
    const { faults } = check({
      ...right,
      mac: "52-54-00-84-00-01",
      bmc: { ...right.bmc, port: 70000 },
      expected: { ...right.expected, gpus: [{ model: "A100" }] },
      colour: "red",
    });
    assert.deepEqual(faults.map((f) => f.path).sort(), [
      "bmc.port",
      "colour",
      "expected.gpus[0].memoryBytes",
      "mac",
    ]);
    assert.equal(faults.find((f) => f.path === "bmc.port")?.value, "70000");
    assert.ok(faults.every((f) => f.fix !== ""));
  });

  it("shows no secret in a fault", () => {
    const right = machineInputs();
    const password = "much too long for an IPMI 2.0 password";
    const { faults } = check({ ...right, bmc: { ...right.bmc, password } });
    assert.equal(faults.length, 1);
    assert.equal(faults[0]?.path, "bmc.password");
    assert.ok(!JSON.stringify(faults).includes(password));
  });

  it("shows no value that the program marked secret", () => {
    const value = { ...machineInputs(), address: "not an address, but secret" };
    const { faults } = checkInputs(machine, {
      values: value as unknown as Properties,
      secrets: [["address"]],
    });
    assert.equal(faults[0]?.value, '"(secret)"');
  });

  it("does not check what is not known yet, and checks the rest", () => {
    const right = machineInputs();
    const { faults, inputs } = check({
      ...right,
      boot: UNKNOWN,
      address: UNKNOWN,
      mac: "no",
      power: undefined,
    });
    assert.deepEqual(
      faults.map((f) => f.path),
      ["mac"],
    );
    assert.equal(inputs["power"], "on", "defaults are filled in nevertheless");
    assert.equal(inputs["address"], UNKNOWN);
  });

  it("fills in the defaults of what a BMC speaks, also while something else is not known", () => {
    const right = machineInputs();
    const speaking = (bmc: object) => {
      const { inputs } = check({ ...right, bmc, address: UNKNOWN });
      return Object.fromEntries(
        Object.entries(inputs["bmc"] as Properties).filter(([, v]) => v !== undefined),
      );
    };
    const login = { address: "127.84.0.1", user: "u", password: "p" };
    assert.deepEqual(speaking(login), { ...login, port: 623, cipherSuite: 17 });
    const redfish = { ...login, protocol: "redfish" };
    assert.deepEqual(speaking(redfish), { ...redfish, port: 443 });
    const unknown = { ...login, protocol: UNKNOWN };
    assert.deepEqual(speaking(unknown), unknown);
  });

  it("keeps passwords secret even if the program forgot to say so", () => {
    const { secrets } = check(machineInputs());
    assert.deepEqual(secrets, [
      ["bmc", "password"],
      ["boot", "token"],
    ]);
  });

  it("asks a kind without a schema as well, and hides a secret that its fault names", () => {
    const kind: AnyKind = {
      check: ({ seed }: Properties) => [{ path: "seed", value: String(seed), problem: "p", fix: "f" }],
      create: () => assert.fail(),
    };
    const { inputs, faults } = checkInputs(kind, { values: { seed: "s3cret" }, secrets: [["seed"]] });
    assert.deepEqual(inputs, { seed: "s3cret" });
    assert.deepEqual(faults, [{ path: "seed", value: "(secret)", problem: "p", fix: "f" }]);
  });

  it("asks the fabric's own rules, too", () => {
    const member = { node: "gpu-1", portGuid: "0x0002c90300840001", membership: "full" };
    const value = {
      owner: "course-a",
      manager: {
        partitionsFile: "/p/partitions.conf",
        pidFile: "/p/pid",
        diagnostics: { command: [], env: {} },
      },
      partitions: [{ name: "course-a", pkey: 0x8, ipoib: true, members: [member] }],
      reserved: [{ owner: "course-b", pkey: 0x8 }],
    };
    const { faults } = checkInputs(fabricPartitions, { values: value as unknown as Properties, secrets: [] });
    assert.equal(faults.length, 1);
    assert.match(`${faults[0]?.problem} ${faults[0]?.fix}`, /course-b/);
  });
});
