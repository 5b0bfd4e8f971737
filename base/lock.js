// Plain JavaScript, because bin/lectern.js takes a lock before there is a TypeScript loader.
"use strict";

const { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require("node:fs");
const { randomBytes } = require("node:crypto");
const { dirname } = require("node:path");
const { setTimeout: sleep } = require("node:timers/promises");

const POLL_MS = 100;

function processStartTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command, in brackets, may itself hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function readHolder(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function isLive(holder) {
  return holder !== undefined && processStartTime(holder.pid) === holder.startTime;
}

/** One try. Returns the holder that is in the way, or undefined if the lock is now ours. */
function tryLock(file) {
  const mine = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  writeFileSync(mine, JSON.stringify({ pid: process.pid, startTime: processStartTime(process.pid) }));
  try {
    // A link appears with its content or not at all, so nobody reads half a lock.
    linkSync(mine, file);
    return undefined;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    const holder = readHolder(file);
    if (isLive(holder)) return holder;
    return takeAway(file, `${mine}.dead`) ?? tryLock(file);
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Removes a dead holder's lock. Returns the live holder if another process was quicker. */
function takeAway(file, aside) {
  try {
    renameSync(file, aside);
  } catch {
    return undefined; // Gone already.
  }
  const holder = readHolder(aside);
  try {
    if (!isLive(holder)) return undefined;
    linkSync(aside, file);
    return holder;
  } catch {
    return holder;
  } finally {
    rmSync(aside, { force: true });
  }
}

async function withLock(file, work, { onWait, signal } = {}) {
  mkdirSync(dirname(file), { recursive: true });
  for (let holder = tryLock(file); holder !== undefined; holder = tryLock(file)) {
    onWait?.(holder);
    await sleep(POLL_MS, undefined, signal ? { signal } : {});
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

module.exports = { processStartTime, withLock };
