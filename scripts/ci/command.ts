import { spawnSync } from 'node:child_process';

/** The command to run, from the top of the repository. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** On top of our own environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const windows = process.platform === 'win32';

/** A script of package.json, as a developer runs it. */
export function npm(...args: string[]): Command {
  return { program: 'npm', args };
}

/** A script of this repository, with this process's Node. */
export function script(path: string, args: readonly string[], env: Command['env'] = {}): Command {
  return { program: process.execPath, args: [path, ...args], env };
}

/** A script of this repository, with a version of Node that npm keeps in its cache. */
export function withNode(version: string, path: string, args: readonly string[]): Command {
  return { program: 'npx', args: ['--yes', '--loglevel=error', `node@${version}`, path, ...args] };
}

/** Runs a command to its end, and shows what it says. */
export function run({ program, args, env }: Command): boolean {
  const { status, error } = spawnSync(program, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
    shell: windows,
  });
  if (error) console.log(`${program}: ${error.message}`);
  return status === 0;
}
