import { version } from "@pulumi/random/package.json";
import { type ProviderSpec, serveProvider } from "../../../base/provider";

/* eslint-disable @typescript-eslint/no-require-imports -- loaded at the first use */
const bytes = () => require("./bytes") as typeof import("./bytes");
const choices = () => require("./choices") as typeof import("./choices");
const strings = () => require("./strings") as typeof import("./strings");
/* eslint-enable @typescript-eslint/no-require-imports */

const spec: ProviderSpec = {
  name: "random",
  version,
  kinds: {
    "random:index/randomBytes:RandomBytes": () => bytes().randomBytes,
    "random:index/randomId:RandomId": () => bytes().randomId,
    "random:index/randomInteger:RandomInteger": () => choices().randomInteger,
    "random:index/randomPassword:RandomPassword": () => strings().randomPassword,
    "random:index/randomPet:RandomPet": () => choices().randomPet,
    "random:index/randomShuffle:RandomShuffle": () => choices().randomShuffle,
    "random:index/randomString:RandomString": () => strings().randomString,
    "random:index/randomUuid:RandomUuid": () => bytes().randomUuid,
    "random:index/randomUuid4:RandomUuid4": () => bytes().randomUuid4,
    "random:index/randomUuid7:RandomUuid7": () => bytes().randomUuid7,
  },
};

/** @param ended Called at the end, with the types that were worked with. */
export const serve = (ended?: (...types: string[]) => void): void => serveProvider(spec, ended);
