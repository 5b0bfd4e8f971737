"use strict";

const { createHash } = require("node:crypto");
const { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");

const HEARTBEAT_MS = 5000;

/**
 * Installs the npm packages unless node_modules is whole and of this package-lock.json and Node.
 * A marker written last says so: an interrupted install has none and is done again.
 * @param {string} root The clone.
 */
async function ensurePackages(root) {
  const lock = readFileSync(join(root, "package-lock.json"));
  const wanted = createHash("sha256").update(lock).update(`node ${process.versions.modules}`).digest("hex");
  const marker = join(root, "node_modules", ".lectern-installed");
  if (isMarked(marker, wanted)) return;

  // Loaded now, as nearly every start ends above.
  const { withLock } = require("../base/lock");
  let told = false;
  const onWait = (holder) => {
    if (!told) say(`waiting for process ${holder.pid}, which installs the npm packages`);
    told = true;
  };
  mkdirSync(join(root, ".lectern"), { recursive: true, mode: 0o700 });
  await withLock(
    join(root, ".lectern", "packages.lock"),
    async () => {
      if (isMarked(marker, wanted)) return;
      if (!installedByNpm(root, JSON.parse(lock))) await install(root, marker);
      writeFileSync(`${marker}.tmp`, wanted);
      renameSync(`${marker}.tmp`, marker);
    },
    { onWait },
  );
}

function isMarked(marker, wanted) {
  try {
    return readFileSync(marker, "utf8") === wanted;
  } catch {
    return false;
  }
}

/** Whether an `npm ci` or `npm install` of the operator's own did it: npm writes its hidden lockfile last. */
function installedByNpm(root, lock) {
  let installed;
  try {
    installed = JSON.parse(readFileSync(join(root, "node_modules", ".package-lock.json"), "utf8")).packages;
  } catch {
    return false;
  }
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (path === "") return true;
    const found = installed[path];
    if (found === undefined) return wanted.optional === true;
    return found.version === wanted.version && existsSync(join(root, path, "package.json"));
  });
}

/** Runs `npm ci`; install scripts stay off: nothing here needs one, and each could run anything. */
async function install(root, marker) {
  rmSync(marker, { force: true });
  rmSync(join(root, "node_modules", ".package-lock.json"), { force: true });
  say("npm ci: installing the packages of package-lock.json ...");
  const since = Date.now();
  const elapsed = () => `${((Date.now() - since) / 1000).toFixed(1)} s`;
  const heartbeat = setInterval(() => say(`npm ci ${elapsed()}: downloading and unpacking`), HEARTBEAT_MS);
  try {
    await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], root);
  } finally {
    clearInterval(heartbeat);
  }
  say(`npm ci done (${elapsed()})`);
}

function run(command, args, cwd) {
  const { spawn } = require("node:child_process");
  return new Promise((resolve, reject) => {
    const output = [];
    const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    // stdout of a verb is its result, so nothing of npm's may reach it.
    child.stdout.on("data", (chunk) => output.push(chunk));
    child.stderr.on("data", (chunk) => output.push(chunk));

    let stoppedBy;
    const stop = (signal) => {
      stoppedBy = signal;
      child.kill(signal);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);
    const settle = (error) => {
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.off(signal, stop);
      if (error) reject(error);
      else resolve();
    };
    child.once("error", (error) => settle(missing(command, error)));
    child.once("close", (code, signal) => {
      const by = stoppedBy ?? signal;
      if (by)
        settle(
          failure(`${command} ${args[0]} was interrupted; the next run does it again`, interruptStatus(by)),
        );
      else if (code === 0) settle();
      else settle(failure(`${command} ${args[0]} failed (status ${code}):\n${Buffer.concat(output)}`, 1));
    });
  });
}

function missing(command, error) {
  if (error.code !== "ENOENT") return error;
  return failure(`${command} is not in PATH; install npm (it comes with Node) and run this again`, 1);
}

function failure(message, exitStatus) {
  return Object.assign(new Error(message), { exitStatus });
}

function interruptStatus(signal) {
  const { constants } = require("node:os");
  return signal === "SIGINT" ? 130 : 128 + (constants.signals[signal] ?? 1);
}

function say(text) {
  process.stderr.write(`lectern: ${text}\n`);
}

module.exports = { ensurePackages };
