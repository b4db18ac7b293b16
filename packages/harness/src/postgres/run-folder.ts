import { chmodSync, existsSync, mkdtempSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startWatchdog } from './watchdog.ts';

/** The environment variable with the folder that the processes of a test run share. */
const folderVariable = 'PGWAMP_TEST_FOLDER';

/**
 * The folder for files that a test run creates once. It is removed with the first process that asks for it, and shared
 * with that process's children.
 */
export function runFolder(): string {
  const known = process.env[folderVariable];
  if (known) return known;
  const folder = mkdtempSync(join(tmpdir(), 'pgwamp-run-'));
  // The user that PostgreSQL runs as must be able to traverse it.
  chmodSync(folder, 0o711);
  startWatchdog(folder);
  process.env[folderVariable] = folder;
  return folder;
}

const beingMade = new Map<string, Promise<string>>();

/**
 * Creates a folder if it does not exist. It appears only when complete, so that processes may do this concurrently. One
 * process makes it once, however many ask.
 */
export function makeOnce(folder: string, make: (partial: string) => Promise<void>): Promise<string> {
  const made = beingMade.get(folder) ?? makeIfMissing(folder, make).finally(() => beingMade.delete(folder));
  beingMade.set(folder, made);
  return made;
}

async function makeIfMissing(folder: string, make: (partial: string) => Promise<void>): Promise<string> {
  if (existsSync(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const partial = await mkdtemp(`${folder}-`);
  try {
    await make(partial);
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    // Another process was faster; its folder is equivalent.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
