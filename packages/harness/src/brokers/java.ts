import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../repository-root.ts';
import { findProgram, programPath } from './server-process.ts';

/** The folder of servers that `scripts/install-brokers.ts` installs because Debian does not have them. */
export const brokerCache = join(repositoryRoot, '.cache', 'brokers');

/** Whether Java and the archives of a server are installed. */
export function hasArchives(name: string): boolean {
  return findProgram('java') !== undefined && existsSync(join(brokerCache, name, 'installed'));
}

/** A command that runs a class from a server's archives. */
export function javaCommand(name: string, main: string, options: readonly string[], args: readonly string[] = []) {
  const classPath = join(brokerCache, name, '*');
  const quick = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto'];
  return [programPath('java'), ...quick, ...options, '-cp', classPath, main, ...args] as const;
}
