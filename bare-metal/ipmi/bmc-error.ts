/** What went wrong with a BMC. `host` and `command` say where, `check` what to look at. Never holds a secret. */
export abstract class BmcError extends Error {
  /**
   * @param host `address:port` of the BMC
   * @param command what was asked
   * @param problem what came of it
   * @param check what an operator should look at
   */
  constructor(
    readonly host: string,
    readonly command: string,
    readonly problem: string,
    readonly check: string,
  ) {
    super(`BMC ${host}: ${command}: ${problem}; check: ${check}`);
    this.name = new.target.name;
  }
}
