import { z } from "zod";
import { inventorySchema } from "../../inventory/inventory";

const hca = inventorySchema.shape.machines.element.shape.hardware.shape.hcas.unwrap().element.shape;

/** P_Key without the membership bit (InfiniBand Architecture Specification, volume 1, 10.9.1); 0x7fff is the default partition. */
const pkey = z.int().min(1, "below 0x0001").max(0x7fff, "above 0x7fff: the membership bit is not part of it");

/** Name of whoever owns partitions: the site or a course. */
const owner = inventorySchema.shape.site;

export const fabricPartitionsInputsSchema = z.strictObject({
  /** A change replaces the resource. */
  owner,
  /** OpenSM, as this machine reaches it. A change of the partitions file replaces the resource. */
  manager: z.strictObject({
    /** Absolute path of partitions.conf. */
    partitionsFile: z.string().startsWith("/", "not an absolute path"),
    /** Absolute path of the file that holds OpenSM's process id. */
    pidFile: z.string().startsWith("/", "not an absolute path"),
    /** Absolute path of OpenSM's log, looked through for errors in the file. Default: not looked at. */
    logFile: z.string().startsWith("/", "not an absolute path").optional(),
    /** How smpquery is run on the fabric. */
    diagnostics: z.strictObject({
      /** Put before the diagnostic's own command; empty where it runs as it is. */
      command: z.array(z.string()),
      /** Added to the environment of the diagnostic. */
      env: z.record(z.string(), z.string()),
    }),
  }),
  partitions: z.array(
    z.strictObject({
      name: inventorySchema.shape.site,
      pkey,
      /** Whether IP over InfiniBand runs in it. */
      ipoib: z.boolean(),
      members: z.array(
        z.strictObject({
          /** Machine, for messages. */
          node: inventorySchema.shape.site,
          portGuid: hca.portGuid,
          membership: z.enum(["full", "limited"]),
        }),
      ),
    }),
  ),
  /** P_Keys of others, which these partitions must not use. */
  reserved: z.array(z.strictObject({ owner, pkey })).default([]),
});

export type FabricPartitionsArguments = z.input<typeof fabricPartitionsInputsSchema>;
export type FabricPartitionsInputs = z.output<typeof fabricPartitionsInputsSchema>;

export interface FabricPartitionsOutputs extends FabricPartitionsInputs {
  /** What the table of each member port held when it was read back, membership bit included. */
  readonly verified: readonly { readonly portGuid: string; readonly pkeys: readonly number[] }[];
}
