import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { JSON_SCHEMA_FILE, stackJsonSchema } from "./json-schema";

/** Writes the schema that editors read; a test tells when it is out of date. */
writeFileSync(
  join(resolve(__dirname, ".."), JSON_SCHEMA_FILE),
  `${JSON.stringify(stackJsonSchema(), null, 2)}\n`,
);
