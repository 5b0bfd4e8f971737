/** Why a version of Node (such as `20.19.0`) cannot run Lectern; undefined if it can. */
export function nodeProblem(version: string): string | undefined;
