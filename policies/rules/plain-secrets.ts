import { everyContainer, wholeObject } from "../requirement";
import type { Rule } from "../rule";
import { CONFIG_MAP, WORKLOADS } from "../workloads";
import { cronJob, deployment, goodContainer, object, pod, volcanoJob } from "./examples";
import { hardening } from "./sources";

/** Names, in capitals, of variables that hold secrets. */
const NAMES = "(^|_)(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)$";
/** Forms of well-known keys: PEM, AWS, GitHub, GitLab, Hugging Face, JSON Web Token. */
const VALUES = [
  "-----BEGIN [A-Z ]*PRIVATE KEY-----",
  "AKIA[0-9A-Z]{16}",
  "gh[pousr]_[0-9A-Za-z]{36}",
  "glpat-[0-9A-Za-z_-]{20}",
  "hf_[0-9A-Za-z]{30}",
  "eyJ[0-9A-Za-z_-]{10,}\\.eyJ[0-9A-Za-z_-]{10,}\\.",
].join("|");
const CEL_VALUES = VALUES.replaceAll("\\", "\\\\");
/** KubeSpawner hands each notebook its own token so; it ends with the notebook. */
const SPAWNED = "JUPYTERHUB_API_TOKEN";

const isNamed = (name: string) => name !== SPAWNED && new RegExp(NAMES).test(name.toUpperCase());
const looksSecret = (text: string) => new RegExp(VALUES).test(text);
const FIX = "put it into a Secret, and use secretKeyRef or a volume";
const env = (name: string, value: string) => ({
  ...goodContainer,
  env: [
    { name: "LANG", value: "C" },
    { name, value },
  ],
});
const config = (data: object) => object("v1", "ConfigMap", { data }, { name: "settings" });
const PEM = "-----BEGIN RSA PRIVATE KEY-----";
/** Something of each form. */
const KEYS = [
  PEM,
  `AKIA${"A".repeat(16)}`,
  `ghp_${"a".repeat(36)}`,
  `glpat-${"a".repeat(20)}`,
  `hf_${"a".repeat(30)}`,
  `eyJ${"a".repeat(10)}.eyJ${"b".repeat(10)}.c`,
];

export const plainSecrets: Rule = {
  name: "plain-secrets",
  purpose: "No secret stands in clear in an environment or a ConfigMap.",
  level: "mandatory",
  stops: hardening(
    "Who may look at pods or ConfigMaps, as everybody in a course may, reads the key and uses it.",
  ),
  kinds: [...WORKLOADS, CONFIG_MAP],
  requirements: [
    everyContainer({
      kinds: WORKLOADS,
      path: "env[].name",
      holds: ({ env: variables = [] }) =>
        variables.every(({ name, value = "" }) => value === "" || !isNamed(name)),
      cel:
        "!has(c.env) || c.env.all(e, !has(e.value) || e.value == '' || " +
        `e.name == '${SPAWNED}' || !e.name.upperAscii().matches('${NAMES}'))`,
      problem: "a variable that is called as a secret is given in clear",
      fix: FIX,
    }),
    everyContainer({
      kinds: WORKLOADS,
      path: "env[].value",
      holds: ({ env: variables = [] }) => variables.every(({ value = "" }) => !looksSecret(value)),
      cel: `!has(c.env) || c.env.all(e, !has(e.value) || !e.value.matches('${CEL_VALUES}'))`,
      problem: "a variable holds what looks like a key",
      fix: FIX,
    }),
    wholeObject({
      kinds: [CONFIG_MAP],
      path: "kind",
      holds: ({ data }) =>
        Object.values((data ?? {}) as Record<string, string>).every((text) => !looksSecret(text)),
      cel: `!has(object.data) || object.data.all(k, !object.data[k].matches('${CEL_VALUES}'))`,
      problem: "the data of the ConfigMap hold what looks like a key",
      fix: FIX,
    }),
  ],
  keeps: [
    { title: "no variables", objects: [pod()] },
    { title: "an ordinary variable", objects: [deployment(env("TOKENIZERS_PARALLELISM", "false"))] },
    {
      title: "a secret by reference",
      objects: [
        pod(
          {},
          {
            ...goodContainer,
            env: [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "a", key: "k" } } as never }],
          },
        ),
      ],
    },
    { title: "a name without a value", objects: [pod({}, env("API_KEY", ""))] },
    { title: "the token of a notebook", objects: [pod({}, env(SPAWNED, "1234"))] },
    { title: "settings", objects: [config({ "train.yaml": "epochs: 3" })] },
    {
      title: "a certificate, which is public",
      objects: [config({ "ca.crt": "-----BEGIN CERTIFICATE-----" })],
    },
    { title: "an empty ConfigMap", objects: [config({})] },
  ],
  breaks: [
    { title: "a password", objects: [pod({}, env("DB_PASSWORD", "geheim"))] },
    { title: "in small letters", objects: [volcanoJob(env("wandb_api_key", "1234"))] },
    {
      title: "in a first container",
      objects: [deployment(goodContainer, { initContainers: [{ ...env("TOKEN", "x"), name: "first" }] })],
    },
    { title: "a key under a harmless name", objects: [cronJob(env("MODEL", `hf_${"a".repeat(30)}`))] },
    { title: "a private key in a ConfigMap", objects: [config({ id_rsa: PEM })] },
    {
      title: "a cloud's key in a ConfigMap",
      objects: [config({ a: "b", "boto.cfg": `key = AKIA${"A".repeat(16)}` })],
    },
    ...["DB_PASSWD", "CLIENT_SECRET", "AWS_ACCESS_KEY", "SSH_PRIVATE_KEY", "CREDENTIALS"].map((name) => ({
      title: `a variable ${name}`,
      objects: [pod({}, env(name, "geheim"))],
    })),
    ...KEYS.map((key) => ({
      title: `${key.slice(0, 12)}, as a variable and in a ConfigMap`,
      objects: [pod({}, env("MODEL", key)), config({ model: `key: ${key}` })],
    })),
  ],
};
