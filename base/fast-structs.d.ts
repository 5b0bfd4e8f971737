import type * as jspb from "google-protobuf";
import type * as structs from "google-protobuf/google/protobuf/struct_pb";

/**
 * Has the Structs of a copy of google-protobuf stay the bytes that they are on the wire, until somebody asks for their
 * messages. What they hold and what is sent stays the same. To be called before one is used; a second call does nothing.
 */
export function fastStructs(
  messages: Pick<typeof structs, "Struct">,
  library: Pick<typeof jspb, "BinaryReader" | "Message">,
): void;
