/**
 * Whether two system GUIDs are those of one machine: 32 lower-case hexadecimal digits each, in whichever byte order.
 * The same 16 bytes are written in order (RFC 4122, as Redfish does), with the first three fields reversed (SMBIOS,
 * DSP0134 section 7.2.1), or reversed as a whole (IPMI 2.0 section 20.8), and BMCs do not agree on which to send.
 */
export function sameSystemGuid(a: string, b: string): boolean {
  const orders = ordersOf(b);
  return ordersOf(a).some((order) => orders.includes(order));
}

/** What the GUID is in order, if it is written in order, as SMBIOS has it, or reversed. */
function ordersOf(guid: string): string[] {
  const fields = [guid.slice(0, 8), guid.slice(8, 12), guid.slice(12, 16)];
  return [guid, fields.map(reversed).join("") + guid.slice(16), reversed(guid)];
}

function reversed(digits: string): string {
  return (digits.match(/../g) ?? []).reverse().join("");
}
