import assert from "node:assert/strict";
import {
  IpmiAuthenticationError,
  IpmiCompletionError,
  IpmiTimeoutError,
  IpmiUnreachableError,
} from "../../../../bare-metal/ipmi";
import { RedfishUnreachableError } from "../../../../bare-metal/redfish";
import { errorData, exitStatusOf, failureSummary, type Outcome } from "../../../../cli/bmc/outcomes";
import { bmcTarget } from "../../../fixtures/bmc-target";

const good = (name: string): Outcome<string> => ({ target: bmcTarget(name), ok: true, value: "on" });
const bad = (name: string, error: unknown): Outcome<string> => ({
  target: bmcTarget(name),
  ok: false,
  error,
});
const silent = (host: string) => new IpmiUnreachableError(host, "Open Session", "no answer", "the cable");

describe("outcomes of many BMCs", () => {
  it("are 0 if all is well, 3 if not one answered, 1 otherwise", () => {
    const refused = new IpmiAuthenticationError("a:623", "RAKP Message 2", "unauthorized name", "the user");
    const lost = new IpmiTimeoutError("b:623", "Get Device ID", "sent 5 times", true);
    const dead = new RedfishUnreachableError("c:443", "GET /redfish/v1/", "ECONNREFUSED", "the address");
    assert.equal(exitStatusOf([good("a"), good("b")]), 0);
    assert.equal(exitStatusOf([good("a"), bad("b", silent("b:623"))]), 1);
    assert.equal(exitStatusOf([bad("a", silent("a:623")), bad("b", lost), bad("c", dead)]), 3);
    assert.equal(exitStatusOf([bad("a", silent("a:623")), bad("b", refused)]), 1);
    assert.equal(exitStatusOf([bad("a", new Error("no"))]), 1);
  });

  it("put hosts with the same reason on one line", () => {
    const error = new IpmiAuthenticationError("z:623", "RAKP Message 2", "unauthorized name", "the user");
    const outcomes = [
      bad("gpu03", silent("10.0.0.3:623")),
      good("gpu04"),
      bad("gpu01", silent("10.0.0.1:623")),
      bad("gpu09", error),
      bad("gpu02", silent("10.0.0.2:623")),
    ];
    assert.equal(
      failureSummary(outcomes),
      [
        "4 of 5 failed:",
        "  gpu[01-03]: Open Session: no answer; check: the cable",
        "  gpu09: RAKP Message 2: unauthorized name; check: the user",
      ].join("\n"),
    );
    assert.equal(failureSummary([good("a")]), undefined);
  });

  it("carry errors as data: type, BMC, command, problem, what to check, completion code", () => {
    const error = new IpmiCompletionError("a:623", "Get Power Reading", 0xc1, "invalid command", "the BMC");
    assert.deepEqual(errorData(error), {
      type: "IpmiCompletionError",
      bmc: "a:623",
      command: "Get Power Reading",
      problem: "completion code 0xc1 (invalid command)",
      check: "the BMC",
      completionCode: 0xc1,
    });
    assert.deepEqual(errorData(new TypeError("no")), { type: "TypeError", problem: "no" });
    assert.deepEqual(errorData("no"), { type: "Error", problem: "no" });
  });
});
