import { z } from "zod";
import { parseDuration, parseSize } from "../base/units";

/** The forms that both kinds of config are written in. */
export const dnsLabel = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "not a DNS label (RFC 1123): a-z, 0-9 and -, at most 63");
/** Short enough that every name made from it stays a DNS label. */
export const person = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$/, "not a short name: a-z, 0-9 and -, at most 32");
/** What a person is called, and where mail reaches them. */
export const fullName = z.string().max(120);
export const mailAddress = z.email("not an address such as ada@example.org");
/** Somebody who takes a seat. */
export const newcomerSchema = z.strictObject({
  id: person,
  name: fullName.optional(),
  mail: mailAddress.optional(),
});
export const size = z.string().refine((text) => parseSize(text) !== undefined, "not a size such as 80Gi");
export const duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, "not a duration such as 5m");
export const path = z.string().min(1);
