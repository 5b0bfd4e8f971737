import "reflect-metadata";
import { X509Certificate as NodeCertificate, createPublicKey, webcrypto } from "node:crypto";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import { APPROVER } from "./serving/access";
import { privateFolder, readIfThere, replaceFile } from "../../base/files";
import { LEDGER_USER } from "./kubeconfig";
import { CLUSTER_DOMAIN } from "./names";

x509.cryptoProvider.set(webcrypto);

const KEY = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY = 86_400_000;
const CA_LIFE = 3650 * DAY;
const LEAF_LIFE = 365 * DAY;
/** A leaf with less than this left is made anew at the next start. */
const RENEW_BEFORE = 30 * DAY;

/** Authorities; each signs its own kind only, as kubeadm does it. */
type Authority = "ca" | "etcd-ca" | "front-proxy-ca";

interface Leaf {
  readonly authority: Authority;
  readonly commonName: string;
  /** RBAC group of a client. */
  readonly organization?: string;
  /** Subject alternative names of a server; absent: a client only. */
  readonly names?: readonly x509.JsonGeneralName[];
}

/** Names of the certificates signed here; each is `<name>.crt` and `<name>.key` in the folder. */
export type LeafName =
  | "etcd"
  | "apiserver"
  | "apiserver-etcd-client"
  | "apiserver-kubelet-client"
  | "front-proxy-client"
  | "admin"
  | "controller-manager"
  | "scheduler"
  | "kwok"
  | "ledger"
  | "serving-approver";

function leaves(address: string, serviceAddress: string): Record<LeafName, Leaf> {
  const here: x509.JsonGeneralName[] = [{ type: "ip", value: address }];
  const dns = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    `kubernetes.default.svc.${CLUSTER_DOMAIN}`,
  ];
  const api: x509.JsonGeneralName[] = [
    ...here,
    { type: "ip", value: serviceAddress },
    ...dns.map((value) => ({ type: "dns" as const, value })),
  ];
  return {
    etcd: { authority: "etcd-ca", commonName: "etcd", names: here },
    apiserver: { authority: "ca", commonName: "kube-apiserver", names: api },
    "apiserver-etcd-client": { authority: "etcd-ca", commonName: "kube-apiserver" },
    "apiserver-kubelet-client": {
      authority: "ca",
      commonName: "kube-apiserver-kubelet-client",
      organization: "system:masters",
    },
    "front-proxy-client": { authority: "front-proxy-ca", commonName: "front-proxy-client" },
    admin: { authority: "ca", commonName: "lectern-admin", organization: "system:masters" },
    "controller-manager": { authority: "ca", commonName: "system:kube-controller-manager", names: here },
    scheduler: { authority: "ca", commonName: "system:kube-scheduler", names: here },
    kwok: { authority: "ca", commonName: "kwok", organization: "system:masters" },
    // What it may do is for the site to say.
    ledger: { authority: "ca", commonName: LEDGER_USER },
    "serving-approver": { authority: "ca", commonName: APPROVER },
  };
}

/**
 * Makes whatever is missing of the key material: three authorities, the leaves below them, the key pair of service
 * accounts. What is there is kept, so that a restart changes no identity; a leaf is made anew when it nears its end,
 * when its authority changed, or when the addresses it is for did.
 * @param dir Made with mode 0700; keys in it have mode 0600.
 * @param address Address that all servers answer at.
 * @param serviceAddress First address of the Service network.
 */
export async function ensurePki(dir: string, address: string, serviceAddress: string): Promise<void> {
  privateFolder(dir);
  for (const name of ["ca", "etcd-ca", "front-proxy-ca"] as const) {
    if (!readPair(dir, name)) await makeAuthority(dir, name);
  }
  for (const [name, leaf] of Object.entries(leaves(address, serviceAddress))) {
    if (!isGood(dir, name, leaf)) await makeLeaf(dir, name, leaf);
  }
  if (read(dir, "service-accounts.key") === undefined) await makeServiceAccountKeys(dir);
}

function isGood(dir: string, name: string, leaf: Leaf): boolean {
  const pair = readPair(dir, name);
  const authority = readPair(dir, leaf.authority);
  if (!pair || !authority) return false;
  const certificate = new NodeCertificate(pair.certificate);
  const found = new Set((certificate.subjectAltName ?? "").split(", ").filter((n) => n !== ""));
  const wanted = (leaf.names ?? []).map((n) => `${n.type === "ip" ? "IP Address" : "DNS"}:${n.value}`);
  return (
    certificate.verify(createPublicKey(authority.certificate)) &&
    Date.parse(certificate.validTo) - Date.now() > RENEW_BEFORE &&
    found.size === wanted.length &&
    wanted.every((n) => found.has(n))
  );
}

async function makeAuthority(dir: string, name: Authority): Promise<void> {
  const keys = await webcrypto.subtle.generateKey(KEY, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: [{ CN: [`lectern-${name}`] }],
    notBefore: new Date(Date.now() - DAY),
    notAfter: new Date(Date.now() + CA_LIFE),
    keys: keys,
    signingAlgorithm: KEY,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  await writePair(dir, name, keys.privateKey, certificate);
}

async function makeLeaf(dir: string, name: string, leaf: Leaf): Promise<void> {
  const authority = readPair(dir, leaf.authority);
  if (!authority) throw new Error(`${join(dir, leaf.authority)}.crt: missing`);
  const keys = await webcrypto.subtle.generateKey(KEY, true, ["sign", "verify"]);
  const issuer = new x509.X509Certificate(authority.certificate);
  const usages = [
    x509.ExtendedKeyUsage.clientAuth,
    ...(leaf.names ? [x509.ExtendedKeyUsage.serverAuth] : []),
  ];
  const organization = leaf.organization === undefined ? [] : [{ O: [leaf.organization] }];
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: [...organization, { CN: [leaf.commonName] }],
    issuer: issuer.subject,
    notBefore: new Date(Date.now() - DAY),
    notAfter: new Date(Date.now() + LEAF_LIFE),
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    signingAlgorithm: KEY,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(usages),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...(leaf.names ? [new x509.SubjectAlternativeNameExtension([...leaf.names])] : []),
    ],
  });
  await writePair(dir, name, keys.privateKey, certificate);
}

async function makeServiceAccountKeys(dir: string): Promise<void> {
  const keys = await webcrypto.subtle.generateKey(KEY, true, ["sign", "verify"]);
  const spki = await webcrypto.subtle.exportKey("spki", keys.publicKey);
  write(dir, "service-accounts.pub", x509.PemConverter.encode(spki, "PUBLIC KEY"), 0o644);
  // The private key last: it is what tells that the pair is complete.
  write(dir, "service-accounts.key", await pkcs8(keys.privateKey), 0o600);
}

/** 16 random bytes, the first bit clear: positive, at most 20 octets (RFC 5280, 4.1.2.2). */
function serial(): string {
  const bytes = Buffer.from(webcrypto.getRandomValues(new Uint8Array(16)));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

async function pkcs8(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(pem), KEY, false, ["sign"]);
}

async function writePair(
  dir: string,
  name: string,
  key: webcrypto.CryptoKey,
  certificate: x509.X509Certificate,
): Promise<void> {
  write(dir, `${name}.key`, await pkcs8(key), 0o600);
  write(dir, `${name}.crt`, certificate.toString("pem"), 0o644);
}

function readPair(dir: string, name: string): { key: string; certificate: string } | undefined {
  const [key, certificate] = [read(dir, `${name}.key`), read(dir, `${name}.crt`)];
  return key === undefined || certificate === undefined ? undefined : { key, certificate };
}

function read(dir: string, file: string): string | undefined {
  return readIfThere(join(dir, file));
}

function write(dir: string, file: string, text: string, mode: number): void {
  replaceFile(join(dir, file), text.endsWith("\n") ? text : `${text}\n`, { mode });
}
