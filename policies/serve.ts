// What the engine's start of the pack loads: less than library.ts.
import * as jspb from "google-protobuf";
import * as structs from "google-protobuf/google/protobuf/struct_pb";
import { fastStructs } from "../base/fast-structs";

fastStructs(structs, jspb);

export { packOptions } from "./options";
export { servePack } from "./pack";
