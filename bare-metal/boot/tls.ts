import "reflect-metadata";
import { webcrypto, X509Certificate } from "node:crypto";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import { privateFolder, readIfThere, replaceFile } from "../../base/files";
import { pinOf } from "./pinned";

x509.cryptoProvider.set(webcrypto);

const KEY = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY = 86_400_000;
/** The key is what machines trust, by its pin; the certificate only carries it. */
const LIFE = 3650 * DAY;

/** The boot service's certificate and key in PEM. The key is a secret. */
export interface BootTls {
  readonly certificate: string;
  readonly key: string;
  /** `sha256//` and the Base64 digest of the public key (RFC 7469, 2.4), as curl's --pinnedpubkey reads it. */
  readonly pin: string;
}

/** The pair in a folder, made if it is not there: kept, so that the pin in a boot script stays right. */
export async function ensureBootTls(dir: string, address: string): Promise<BootTls> {
  privateFolder(dir);
  const [certificateFile, keyFile] = [join(dir, "boot.crt"), join(dir, "boot.key")];
  if (readIfThere(keyFile) === undefined || readIfThere(certificateFile) === undefined) {
    const keys = await webcrypto.subtle.generateKey(KEY, true, ["sign", "verify"]);
    const made = await x509.X509CertificateGenerator.createSelfSigned({
      name: [{ CN: ["lectern-boot"] }],
      notBefore: new Date(Date.now() - DAY),
      notAfter: new Date(Date.now() + LIFE),
      keys,
      signingAlgorithm: KEY,
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: "ip", value: address }])],
    });
    const key = x509.PemConverter.encode(
      await webcrypto.subtle.exportKey("pkcs8", keys.privateKey),
      "PRIVATE KEY",
    );
    replaceFile(certificateFile, `${made.toString("pem")}\n`, { mode: 0o644 });
    replaceFile(keyFile, `${key}\n`);
  }
  const certificate = readIfThere(certificateFile) ?? "";
  return { certificate, key: readIfThere(keyFile) ?? "", pin: publicKeyPin(certificate) };
}

/** The pin of a certificate's public key. */
export function publicKeyPin(certificate: string): string {
  return pinOf(new X509Certificate(certificate));
}
