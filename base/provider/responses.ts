import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { describeFault, type Fault } from "../faults";
import { pathText } from "../paths";
import type { Change } from "./diff";
import type { AnyKind } from "./kinds";

/** Without the failure's `property`: the engine would print what the program wrote there, be it secret or not. */
export function checkFailure(fault: Fault): pb.CheckFailure {
  return new pb.CheckFailure().setReason(describeFault(fault));
}

/** Changes as the engine shows them, each at its path. */
export function diffResponse(kind: AnyKind, changes: readonly Change[]): pb.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = pb.DiffResponse.DiffChanges;
  const { Kind } = pb.PropertyDiff;
  const top = (all: readonly Change[]) => [...new Set(all.map(({ path }) => String(path[0])))];
  const response = new pb.DiffResponse()
    .setChanges(changes.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setHasdetaileddiff(true)
    .setDiffsList(top(changes))
    .setReplacesList(top(changes.filter(({ replaces }) => replaces)))
    .setDeletebeforereplace(kind.deleteBeforeReplace ?? false);
  for (const { path, how, replaces, input } of changes) {
    const name = `${how.toUpperCase() as "ADD"}${replaces ? "_REPLACE" : ""}` as const;
    response
      .getDetaileddiffMap()
      .set(pathText(path), new pb.PropertyDiff().setKind(Kind[name]).setInputdiff(input));
  }
  return response;
}
