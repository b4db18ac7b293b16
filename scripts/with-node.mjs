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

/** Installs what the lock file says: out of the caches if they have it all, which needs no network and no waiting. */
function install(env) {
  const npx = ['--yes', '--loglevel=error'];
  const pnpm = ['pnpm@12', 'install', '--frozen-lockfile', '--reporter=silent'];
  const options = { cwd: root, env, shell: windows };
  if (spawnSync('npx', [...npx, '--offline', ...pnpm, '--offline'], { ...options, stdio: 'ignore' }).status === 0)
    return;
  run('npx', [...npx, ...pnpm], options);
}

const [script, ...args] = process.argv.slice(2);
const env = environmentWithHome();
install(env);
run(join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node'), [join(root, script), ...args], { env });
