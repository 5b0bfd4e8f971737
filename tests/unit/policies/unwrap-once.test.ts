import assert from "node:assert/strict";
import {
  AnalyzeRequest,
  AnalyzerResourceOptions,
  type AnalyzeResponse,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { propertiesOf, type Unwrapping, unwrapOnce } from "../../../policies/unwrap-once";

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

  /** What policies of the SDK are told of a resource with these properties, each in its own words. */
  async function told<T>(
    properties: Record<string, string>,
    words: (props: Readonly<Record<string, unknown>>) => T,
  ): Promise<T[]> {
    const props: T[] = [];
    const validateResource = (resource: { readonly props: Readonly<Record<string, unknown>> }) =>
      props.push(words(resource.props));
    const policies = ["one", "two", "three"].map((name) => ({ name, description: name, validateResource }));
    const request = new AnalyzeRequest();
    request.setType("a:b:C");
    request.setProperties(Struct.fromJavaScript(properties));
    request.setOptions(new AnalyzerResourceOptions());
    const analyze = makeAnalyzeRpcFun("pack", "1.0.0", "mandatory", policies);
    await analyze({ request }, (error) => assert.ifError(error));
    return props;
  }

  const copy = (props: object) => ({ ...props });

  it("are known for the same, whatever wrapping each policy gets", async () => {
    unwrapOnce();
    const [first, second, third] = await told({ a: "1" }, (props) => ({ props, of: propertiesOf(props) }));
    assert.ok(first && second && third);
    assert.notEqual(first.props, second.props);
    assert.equal(first.of, second.of);
    assert.equal(second.of, third.of);
    const [other] = await told({ a: "1" }, propertiesOf);
    assert.notEqual(other, first.of);
  });

  it("are unwrapped once for all policies, and anew for each request", async () => {
    unwrapOnce();
    assert.deepEqual(await told({ a: "1" }, copy), [{ a: "1" }, { a: "1" }, { a: "1" }]);
    assert.equal(unwrapped, 1);
    assert.deepEqual(await told({ a: "2" }, copy), [{ a: "2" }, { a: "2" }, { a: "2" }]);
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
