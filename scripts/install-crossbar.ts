// Installs Crossbar.io, which brings Autobahn|Python, from PyPI into .cache/crossbar, unless it is there: for the tests
// of interoperation and for the bench of the router. Prints where it is.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const requirement = 'crossbar==26.10.1';
const root = dirname(import.meta.dirname);
const folder = join(root, '.cache', 'crossbar');
/** Written last: without it an installation has been interrupted. */
const stamp = join(folder, 'installed');
// As its metadata say; it has no wheels for later ones yet.
const pythons = ['python3', 'python3.13', 'python3.12', 'python3.11'];
const probe = 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))';

function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env });
  if (status !== 0) throw error ?? new Error(`${command} ${args.join(' ')} ended with ${status}`);
}

function findPython(): string | undefined {
  return pythons.find((python) => succeeds(python, ['-c', probe]));
}

/** On a machine that is ours to change: root, with Debian's package manager. */
function installPython(): void {
  if (process.getuid?.() !== 0 || !succeeds('apt-get', ['--version'])) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['update', '-qq'], env);
  run('apt-get', ['install', '-qq', '--no-install-recommends', 'python3', 'python3-venv'], env);
}

function pythonToUse(): string {
  const found = findPython();
  if (found !== undefined) return found;
  installPython();
  const installed = findPython();
  if (installed !== undefined) return installed;
  throw new Error('Crossbar.io needs Python 3.11, 3.12 or 3.13 with its modules venv and ensurepip on the PATH');
}

function install(): void {
  rmSync(folder, { recursive: true, force: true });
  run(pythonToUse(), ['-m', 'venv', folder]);
  run(join(folder, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', requirement]);
  writeFileSync(stamp, requirement);
}

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== requirement) install();
console.log(join(folder, 'bin', 'crossbar'));
