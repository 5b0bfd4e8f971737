import { z } from "zod";
import { courseConfigSchema, siteConfigSchema } from "./schema";

/** Where the schema of the stacks' files lies, from the project's folder. */
export const JSON_SCHEMA_FILE = "stacks/stack.schema.json";

/** The JSON Schema (2020-12) of `Pulumi.<stack>.yaml`, for editors; config.ts checks more than it can say. */
export function stackJsonSchema(): object {
  const options = { io: "input", unrepresentable: "any" } as const;
  // The whole file says which draft it is, not each part of it.
  const schemaOf = (schema: z.ZodType): object => ({
    ...z.toJSONSchema(schema, options),
    $schema: undefined,
  });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "A stack of Lectern",
    description: "Pulumi.<stack>.yaml: one site, or one course of a site.",
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: {
          "lectern:site": schemaOf(siteConfigSchema),
          "lectern:course": schemaOf(courseConfigSchema),
        },
      },
      encryptionsalt: { type: "string" },
    },
    required: ["config"],
  };
}
