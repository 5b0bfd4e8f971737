import { z } from "zod";

/** What a credentials file, or the secret key `lectern:credentials`, holds. All of it is secret. */
export const credentialsSchema = z.strictObject({
  /** By machine. Over IPMI a password has at most 20 bytes. */
  bmc: z.record(z.string(), z.strictObject({ password: z.string().min(1).max(256) })),
  /** How the control gateway lets us in. Default: by the SSH agent, or the keys of whoever runs this. */
  gateway: z
    .strictObject({ privateKey: z.string().min(1), password: z.string().min(1) })
    .partial()
    .optional(),
  /** The administrator's token of the boot service. */
  bootToken: z.string().min(32, "too short for a secret: 32 characters at least"),
});
export type Credentials = z.infer<typeof credentialsSchema>;
