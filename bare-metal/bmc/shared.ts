// Lies with the IPMI client, which can be used without the rest of the project.
export { BmcError } from "../ipmi/bmc-error";
export { labelOf } from "../ipmi/label";
