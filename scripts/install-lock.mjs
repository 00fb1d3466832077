// Runs on whatever Node ≥ 20 the machine has, so: plain JavaScript, no dependency, no recent API.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 200;

/**
 * Runs `work` while holding the lock file, so that `npm start` and `npm test` on a fresh clone do not install over each
 * other. The file carries pid and start time of its owner and of the npm it runs, which outlives a killed owner: a
 * lock is taken over when both are gone.
 *
 * @param {{ file: string, deadlineMs: number, onWait: (pid: number) => void }} options
 * @param {(noteWorker: (pid: number) => void) => Promise<void>} work
 */
export async function withInstallLock({ file, deadlineMs, onWait }, work) {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  const owners = [identify(process.pid)];
  let mine = JSON.stringify(owners);
  writeFileSync(draft, mine);
  try {
    await acquire({ file, draft, deadlineMs, onWait });
    await work((pid) => {
      owners.push(identify(pid));
      mine = JSON.stringify(owners);
      writeFileSync(draft, mine);
      renameSync(draft, file);
    });
  } finally {
    rmSync(draft, { force: true });
    if (read(file) === mine) rmSync(file, { force: true });
  }
}

async function acquire({ file, draft, deadlineMs, onWait }) {
  const end = Date.now() + deadlineMs;
  for (let told = false; ; ) {
    try {
      // link, not open: the lock appears with its content, never empty.
      return linkSync(draft, file);
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const held = read(file);
    const owner = parse(held).find(isAlive);
    if (owner === undefined) {
      if (held !== undefined) breakLock(file, held);
      await delay(10);
      continue;
    }
    if (Date.now() > end) throw new Error(`${file} is held by process ${owner.pid}; if that is no install, delete it`);
    if (!told) onWait(owner.pid);
    told = true;
    await delay(pollMs);
  }
}

/** Two waiters may see the same stale lock; the slower one must not remove the faster one's new lock. */
function breakLock(file, stale) {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return; // somebody else was faster
  }
  if (read(aside) !== stale) {
    try {
      linkSync(aside, file);
    } catch {
      // its owner notices at release; installing twice in turn is harmless
    }
  }
  rmSync(aside, { force: true });
}

function isAlive(owner) {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  return owner.start === identify(owner.pid).start;
}

/** With the start time in clock ticks (proc(5), field 22), so that a reused pid is not taken for the owner. Linux only. */
function identify(pid) {
  const stat = read(`/proc/${pid}/stat`);
  return { pid, start: stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] };
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function parse(text) {
  try {
    const owners = JSON.parse(text);
    return Array.isArray(owners) ? owners.filter((owner) => Number.isInteger(owner?.pid)) : [];
  } catch {
    return [];
  }
}
