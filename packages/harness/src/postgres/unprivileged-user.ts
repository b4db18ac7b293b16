import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOnce, runFolder } from './run-folder.ts';

/** User and group that a child process runs as. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The user that the server runs as: the current one, or the user nobody if that is root, because PostgreSQL refuses to
 * run as root.
 *
 * @returns undefined when this process is not root
 */
export function unprivilegedUser(): Identity | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  const entry = users.find((line) => line.startsWith('postgres:')) ?? users.find((line) => line.startsWith('nobody:'));
  const [, , uid, gid] = entry?.split(':') ?? [];
  if (!uid || !gid) throw new Error('PostgreSQL does not run as root, and /etc/passwd has no user postgres or nobody');
  return { uid: Number(uid), gid: Number(gid) };
}

/** Gives a path to the user that the server runs as. */
export function giveTo(user: Identity | undefined, path: string): void {
  if (user) chownSync(path, user.uid, user.gid);
}

/** Gives a folder and all that is in it to the user that the server runs as. */
export async function giveAllTo(user: Identity | undefined, folder: string): Promise<void> {
  if (!user) return;
  giveTo(user, folder);
  for (const entry of await readdir(folder, { recursive: true })) giveTo(user, join(folder, entry));
}

/**
 * The folder of PostgreSQL's programs, or a copy of it with the given name when the user that the server runs as
 * may not read where they lie, such as below root's home.
 */
export async function reachableFor(user: Identity | undefined, native: string, name: string): Promise<string> {
  if (!user || canRun(join(native, 'bin', 'postgres'), user)) return native;
  return makeOnce(join(runFolder(), name), async (copy) => {
    await cp(native, copy, { recursive: true, verbatimSymlinks: true });
    makeReadable(copy);
  });
}

function canRun(program: string, user: Identity): boolean {
  return spawnSync(program, ['--version'], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}

function makeReadable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, entry);
    const stat = lstatSync(path);
    if (!stat.isSymbolicLink()) chmodSync(path, stat.isDirectory() || (stat.mode & 0o100) !== 0 ? 0o755 : 0o644);
  }
}
