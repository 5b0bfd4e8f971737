import { version } from "@pulumi/random/package.json";
import { serveProvider } from "../../../base/provider";
import { randomBytes, randomId, randomUuid, randomUuid4, randomUuid7 } from "./bytes";
import { randomInteger, randomPet, randomShuffle } from "./choices";
import { randomPassword, randomString } from "./strings";

const kinds = [
  randomBytes,
  randomId,
  randomInteger,
  randomPassword,
  randomPet,
  randomShuffle,
  randomString,
  randomUuid,
  randomUuid4,
  randomUuid7,
];

void serveProvider({ version, kinds });
