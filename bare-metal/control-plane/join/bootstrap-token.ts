import { randomInt } from "node:crypto";
import type { Milliseconds } from "../../../base/units";

/** A bootstrap token (Kubernetes, "Authenticating with Bootstrap Tokens"): `id.secret`. The secret is one. */
export interface BootstrapToken {
  /** 6 of a-z0-9. */
  readonly id: string;
  /** 16 of a-z0-9. */
  readonly secret: string;
}

/** Group of all machines that join with such a token. */
export const BOOTSTRAP_GROUP = "system:bootstrappers:lectern";

export function makeBootstrapToken(): BootstrapToken {
  const draw = (length: number): string =>
    Array.from({ length }, () => "abcdefghijklmnopqrstuvwxyz0123456789"[randomInt(36)]).join("");
  return { id: draw(6), secret: draw(16) };
}

/** The Secret by which the API server knows a token; the token cleaner removes it once it has expired. */
export function bootstrapTokenSecret(
  { id, secret }: BootstrapToken,
  machine: string,
  now: Date,
  lives: Milliseconds,
): object {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: `bootstrap-token-${id}`,
      namespace: "kube-system",
      labels: { "lectern.dev/machine": machine },
    },
    type: "bootstrap.kubernetes.io/token",
    stringData: {
      description: `${machine} joins`,
      "token-id": id,
      "token-secret": secret,
      expiration: new Date(now.getTime() + lives).toISOString().replace(/\.\d+Z$/, "Z"),
      "usage-bootstrap-authentication": "true",
      "auth-extra-groups": BOOTSTRAP_GROUP,
    },
  };
}
