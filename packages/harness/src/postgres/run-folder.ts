import { chmodSync, existsSync, mkdtempSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startWatchdog } from './watchdog.ts';

/** The environment variable with the folder that the processes of a test run share. */
const folderVariable = 'PGWAMP_TEST_FOLDER';

/** The folder for what a test run makes once; it goes with the process that asks first, and that process's children share it. */
export function runFolder(): string {
  const known = process.env[folderVariable];
  if (known) return known;
  const folder = mkdtempSync(join(tmpdir(), 'pgwamp-run-'));
  // The user that PostgreSQL runs as has to pass through it.
  chmodSync(folder, 0o711);
  startWatchdog(folder);
  process.env[folderVariable] = folder;
  return folder;
}

/** Makes a folder unless it is there. It appears when it is complete, so that processes may do this at the same time. */
export async function makeOnce(folder: string, make: (partial: string) => Promise<void>): Promise<string> {
  if (existsSync(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const partial = await mkdtemp(`${folder}-`);
  try {
    await make(partial);
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    // Another process was faster: its folder is as good as ours.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
