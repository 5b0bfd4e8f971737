"use strict";
const { spawn } = require("node:child_process");

/** The programs this host has started; none of them outlives it. */
class Children {
  constructor() {
    this.running = new Set();
  }

  /**
   * Runs a program to its end; it is stopped when the call that asked for it is cancelled.
   * @param {{command: string, args: string[], cwd: string, env: object}} program
   * @param {import("@grpc/grpc-js").ServerUnaryCall} call
   * @param {{stdout: (data: Buffer) => void, stderr: (data: Buffer) => void}} [output] Without it the program writes
   *   to this process' own output, which the engine shows.
   * @returns {Promise<{code: number|null, signal: string|null, error?: string}>}
   */
  run(program, call, output) {
    return new Promise((resolve) => {
      const stdio = output ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"];
      const child = spawn(program.command, program.args, { cwd: program.cwd, env: program.env, stdio });
      this.running.add(child);
      child.stdout?.on("data", output.stdout);
      child.stderr?.on("data", output.stderr);
      const cancelled = () => child.kill("SIGTERM");
      call.on("cancelled", cancelled);
      const ended = (result) => {
        this.running.delete(child);
        call.removeListener("cancelled", cancelled);
        resolve(result);
      };
      child.once("error", (error) =>
        ended({ code: null, signal: null, error: `${program.command}: ${error.message}` }),
      );
      child.once("close", (code, signal) => ended({ code, signal }));
    });
  }

  stopAll() {
    for (const child of this.running) child.kill("SIGTERM");
  }

  /** Ends this process and its children when it is told to, and when the engine is no longer there to tell it. */
  stopWithParent() {
    const end = () => {
      this.stopAll();
      process.exit(0);
    };
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, end);
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) end();
    }, 1_000).unref();
  }
}

module.exports = { Children };
