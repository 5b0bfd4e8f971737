import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { stackNames } from "../../../base/stack-names";
import { JSON_SCHEMA_FILE, stackJsonSchema } from "../../../stacks/json-schema";

const PROJECT = resolve(__dirname, "../../..");

describe("stackJsonSchema", () => {
  it("is what lies in the project (npm run docs:schema)", () => {
    const written: unknown = JSON.parse(readFileSync(join(PROJECT, JSON_SCHEMA_FILE), "utf8"));
    assert.deepEqual(written, JSON.parse(JSON.stringify(stackJsonSchema())));
  });

  it("is named by every stack's file, so that editors find it", () => {
    for (const stack of stackNames(PROJECT)) {
      const [first] = readFileSync(join(PROJECT, `Pulumi.${stack}.yaml`), "utf8").split("\n");
      assert.equal(first, `# yaml-language-server: $schema=${JSON_SCHEMA_FILE}`, stack);
    }
  });

  it("explains each key of a course and demands only what has no default", () => {
    const schema = stackJsonSchema() as {
      properties: {
        config: {
          properties: Record<
            string,
            { required: string[]; properties: Record<string, { description?: string }> }
          >;
        };
      };
    };
    const course = schema.properties.config.properties["lectern:course"];
    assert.deepEqual(course?.required, ["site", "title", "teachers"]);
    const silent = Object.entries(course?.properties ?? {}).filter(([, p]) => p.description === undefined);
    assert.deepEqual(
      silent.map(([key]) => key),
      ["title", "teachers", "assistants"],
    );
  });
});
