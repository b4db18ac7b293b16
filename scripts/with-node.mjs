// Runs a script of this repository under its own Node 24, installing everything first.
// The machine brings only npm and some Node >= 20, so this file uses nothing newer.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
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

/** npm and pnpm keep their caches at home; a user without one gets a home in the repository's own cache. */
function environmentWithHome() {
  try {
    accessSync(homedir(), constants.W_OK);
    return process.env;
  } catch {
    const home = join(root, '.cache', 'home');
    mkdirSync(home, { recursive: true });
    const settings = join(homedir(), '.npmrc');
    const npm = {
      npm_config_cache: join(home, '.npm'),
      ...(existsSync(settings) && { npm_config_userconfig: settings }),
    };
    return { ...process.env, HOME: home, ...npm };
  }
}

const [script, ...args] = process.argv.slice(2);
const env = environmentWithHome();
// What is cached is not asked for again, so that everything but the first run works without a network.
const pnpm = ['--yes', '--prefer-offline', '--loglevel=error', 'pnpm@12'];
const install = ['install', '--frozen-lockfile', '--prefer-offline', '--reporter=silent'];
run('npx', [...pnpm, ...install], { env, shell: windows });
run(join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node'), [join(root, script), ...args], { env });
