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

/** A demonstration needs neither compiler nor browser, unless it is to prove itself. */
function isDemonstration(script, args) {
  return /^examples\/\w+\/main\.ts$/.test(script) && !args.includes('--check');
}

/**
 * Installs what the lock file says: out of the caches if they have it all, which needs no network and no waiting. What is there already
 * stays, so that a demonstration never takes the compiler away.
 */
function install(env, isSmall) {
  const isFirst = !existsSync(join(root, 'node_modules', 'node'));
  const only = isSmall && !existsSync(join(root, 'node_modules', 'typescript'));
  if (isFirst) {
    const what = only ? 'about 210 MB' : 'compiler, tests and a browser besides, about 590 MB';
    process.stderr.write(
      `Installs Node.js 24, PostgreSQL 18 and npm packages (${what}) into ${join(root, 'node_modules')}, once.\n` +
        'That takes half a minute with a fast connection, and a few seconds if they are in the cache of pnpm.\n',
    );
  }
  const npx = ['--yes', '--loglevel=error'];
  const scope = only ? ['--prod', '--filter-prod', 'pgwamp-workspace...'] : [];
  const pnpm = ['pnpm@12', 'install', '--frozen-lockfile', ...scope];
  const options = { cwd: root, env: { ...env, CI: 'true' }, shell: windows };
  if (spawnSync('npx', [...npx, '--offline', ...pnpm, '--offline'], { ...options, stdio: 'ignore' }).status === 0)
    return;
  // Progress goes to standard error: standard output is the script's.
  run('npx', [...npx, ...pnpm], { ...options, stdio: ['ignore', 2, 2] });
}

const [script, ...args] = process.argv.slice(2);
const env = environmentWithHome();
install(env, isDemonstration(script, args));
run(join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node'), [join(root, script), ...args], { env });
