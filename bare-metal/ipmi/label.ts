/** How errors and tables name a BMC: `address:port`, an IPv6 address in brackets. */
export function labelOf(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
