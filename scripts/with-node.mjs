// Runs a script of this repository under its own Node 24, installing everything first.
// The machine brings only npm and some Node >= 20, so this file uses nothing newer.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const windows = process.platform === 'win32';

/** Runs a command in the repository's top folder and ends this process with its exit code if it fails. */
function run(command, args, options = {}) {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) throw error;
  if (signal) process.kill(process.pid, signal);
  if (status !== 0) process.exit(status ?? 1);
}

const [script, ...args] = process.argv.slice(2);
run('npx', ['-y', 'pnpm@12', 'install', '--frozen-lockfile', '--reporter=silent'], { shell: windows });
run(join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node'), [join(root, script), ...args]);
