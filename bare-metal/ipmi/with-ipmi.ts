import { Ipmi } from "./client";
import type { IpmiTarget } from "./options";

/**
 * Opens a session, does the work, and closes the session whatever happens.
 * @throws {IpmiError}, or what the work throws
 */
export async function withIpmi<T>(target: IpmiTarget, work: (ipmi: Ipmi) => Promise<T>): Promise<T> {
  const { host, user, password, ...options } = target;
  const ipmi = new Ipmi(host, user, password, options);
  try {
    await ipmi.connect();
    return await work(ipmi);
  } finally {
    await ipmi.close();
  }
}
