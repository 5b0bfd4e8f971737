/** What the engine's start of the pack loads: less than {@link "./library"}. */
export { packOptions } from "./options";
export { servePack } from "./pack";
