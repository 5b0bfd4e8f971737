import assert from "node:assert/strict";
import {
  AnalyzeRequest,
  AnalyzerResourceOptions,
  type AnalyzeResponse,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { type Unwrapping, unwrapOnce } from "../../../policies/unwrap-once";

/* eslint-disable @typescript-eslint/no-require-imports -- parts of the SDK that are not in its types */
const { makeAnalyzeRpcFun } = require("@pulumi/policy/server") as {
  makeAnalyzeRpcFun(
    name: string,
    version: string,
    level: string,
    policies: readonly object[],
  ): (
    call: { request: AnalyzeRequest },
    answer: (error: unknown, response: AnalyzeResponse) => void,
  ) => Promise<void>;
};
const deserialize = require("@pulumi/policy/deserialize") as Unwrapping;
/* eslint-enable @typescript-eslint/no-require-imports */

describe("the properties of a request", () => {
  const original = deserialize.deserializeProperties;
  let unwrapped: number;
  beforeEach(() => {
    unwrapped = 0;
    deserialize.deserializeProperties = (...args) => {
      unwrapped += 1;
      return original(...args);
    };
  });
  afterEach(() => {
    deserialize.deserializeProperties = original;
  });

  /** What policies of the SDK are told of a resource with these properties. */
  async function told(properties: Record<string, string>): Promise<unknown[]> {
    const props: unknown[] = [];
    const validateResource = (resource: { readonly props: object }) => props.push({ ...resource.props });
    const policies = ["one", "two", "three"].map((name) => ({ name, description: name, validateResource }));
    const request = new AnalyzeRequest();
    request.setType("a:b:C");
    request.setProperties(Struct.fromJavaScript(properties));
    request.setOptions(new AnalyzerResourceOptions());
    const analyze = makeAnalyzeRpcFun("pack", "1.0.0", "mandatory", policies);
    await analyze({ request }, (error) => assert.ifError(error));
    return props;
  }

  it("are unwrapped once for all policies, and anew for each request", async () => {
    unwrapOnce();
    assert.deepEqual(await told({ a: "1" }), [{ a: "1" }, { a: "1" }, { a: "1" }]);
    assert.equal(unwrapped, 1);
    assert.deepEqual(await told({ a: "2" }), [{ a: "2" }, { a: "2" }, { a: "2" }]);
    assert.equal(unwrapped, 2);
  });

  it("with and without secrets are kept apart", () => {
    unwrapOnce();
    const secret = {
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      value: "hidden",
    };
    const properties = Struct.fromJavaScript({ secret });
    const [plain, kept] = [false, true].map((keep) => deserialize.deserializeProperties(properties, keep));
    assert.deepEqual({ ...plain }, { secret: "hidden" });
    assert.notEqual(kept, plain);
    assert.equal(deserialize.deserializeProperties(properties, false), plain);
  });
});
