/** What an iPXE script makes the firmware do. */
export type IpxePlan =
  | {
      readonly boot: true;
      readonly kernel: string;
      readonly initrds: readonly string[];
      /** Kernel command line: `name=value`, or a bare word with an empty value. */
      readonly commandLine: ReadonlyMap<string, string>;
    }
  /** The script gives way to the next boot device. */
  | { readonly boot: false };

/**
 * Reads the part of iPXE's language that the boot service writes: `kernel`, `initrd` (both with `--name`), `boot`, `exit`.
 * @throws {Error} on anything else, with the line's number; a token in it is not repeated
 */
export function parseIpxe(script: string): IpxePlan {
  const lines = script.split("\n");
  if (lines[0] !== "#!ipxe") throw new Error("not an iPXE script: the first line is not #!ipxe");
  let kernel: string | undefined;
  const initrds: string[] = [];
  const commandLine = new Map<string, string>();
  for (const [i, line] of lines.entries()) {
    const [command = "", ...given] = line.trim().split(/\s+/);
    if (command === "" || command.startsWith("#")) continue;
    const words = given[0] === "--name" ? given.slice(2) : given;
    switch (command) {
      case "kernel":
        kernel = words[0];
        for (const word of words.slice(1)) {
          const at = word.indexOf("=");
          commandLine.set(at < 0 ? word : word.slice(0, at), at < 0 ? "" : word.slice(at + 1));
        }
        break;
      case "initrd":
        initrds.push(...words.slice(0, 1));
        break;
      case "exit":
        return { boot: false };
      case "boot":
        if (kernel === undefined) throw new Error(`line ${i + 1}: boot without a kernel`);
        return { boot: true, kernel, initrds, commandLine };
      default:
        throw new Error(`line ${i + 1}: ${command} is not understood`);
    }
  }
  return { boot: false };
}
