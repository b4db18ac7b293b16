import { type Manifest, packageOf, type SourceFile, targetOf } from './source-files.ts';

const components = ['publisher', 'subscriber', 'callee', 'caller'];

/** Which packages of this workspace a package may import; one that is not listed here imports none. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  core: ['protocol', 'config'],
  router: ['protocol', 'config'],
  gateway: ['core', 'config'],
  proxy: ['core', 'config'],
  node: ['protocol', 'config', 'core', 'router', 'console', 'gateway', 'proxy', ...components],
  harness: ['protocol', 'config', 'core', 'router', 'console', ...components],
  ...Object.fromEntries(components.map((component) => [component, ['core', 'protocol', 'config']])),
};

/** npm packages that only some places import, by the beginning of the paths of these places. */
const confined: Readonly<Record<string, readonly string[]>> = {
  autobahn: ['packages/core/src/wamp/autobahn'],
  pg: ['packages/core/src/postgres/', 'packages/core/src/sources/'],
  'pg-format': ['packages/core/src/postgres/', 'packages/core/src/sources/'],
};

/**
 * The imports that are forbidden for a folder of core: folders, or all files outside of it except those in the list.
 */
const apart = [['postgres', 'wamp']];
const neutral = ['errors.ts', 'doorbell.ts'];

/** Schemas of configurations, which another folder's schema is made of. */
const sharedSchemas = ['functions/configuration.ts', 'wamp/transport-configuration.ts'];

/** Folders of `core/functions/`, each of which imports only those before it: what there is, how it is called, where, and the call itself. */
const ofFunctions = ['routines', 'statements', 'endpoints', 'execution'];

/** Folders of the router for what is on the wire, and those of the realms, which the former do not import. */
const ofWire = ['matching', 'transports'];
const ofRealms = ['session', 'realm', 'broker', 'dealer', 'meta', 'authentication', 'authorization'];

/**
 * Every import of a package's sources that breaks a rule of `docs/architecture.md`, as one line of text.
 *
 * @param packages - the packages of the workspace by the names of their folders
 */
export function forbiddenImports(files: readonly SourceFile[], packages: ReadonlyMap<string, Manifest>): string[] {
  return faultsOf(files, (file, specifier) =>
    specifier.startsWith('.') ? relativeFault(file.path, specifier) : bareFault(file, specifier, packages),
  );
}

/**
 * Every import by which tests, benches, examples and scripts reach past the entry points of a package, as one line of text.
 * A package's own tests import its sources.
 */
export function intrusions(files: readonly SourceFile[], packages: ReadonlyMap<string, Manifest>): string[] {
  return faultsOf(files, ({ path }, specifier) => {
    const isExample = path.startsWith('examples/');
    if (specifier.startsWith('.')) return outsideFault(path, targetOf(path, specifier));
    if (isExample && packageOf(specifier) === '@pgwamp/harness') return 'an example works when it is copied out';
    const manifest = [...packages.values()].find(({ name }) => name === packageOf(specifier));
    return manifest && entryPointFault(manifest, specifier);
  });
}

function faultsOf(
  files: readonly SourceFile[],
  fault: (file: SourceFile, specifier: string) => string | undefined,
): string[] {
  return files.flatMap((file) =>
    file.imports.flatMap((specifier) => {
      const reason = fault(file, specifier);
      return reason ? [`${file.path} imports ${specifier}: ${reason}`] : [];
    }),
  );
}

function outsideFault(path: string, target: string): string | undefined {
  const home = path.startsWith('packages/') ? path.split('/', 2).join('/') : undefined;
  if (home) return target.startsWith(`${home}/`) ? undefined : 'it leaves its package';
  if (target.startsWith('packages/')) return 'it reaches into a package';
  if (path.startsWith('examples/') && !target.startsWith('examples/')) return 'an example works when it is copied out';
  return undefined;
}

function bareFault(file: SourceFile, specifier: string, packages: ReadonlyMap<string, Manifest>): string | undefined {
  const name = packageOf(specifier) ?? '';
  const places = confined[name];
  const isHarness = folderOf(file.path) === 'harness';
  if (places && !isHarness && !places.some((place) => file.path.startsWith(place))) {
    return `${name} belongs to ${places.join(', ')}`;
  }
  const found = [...packages].find(([, { name: known }]) => known === name);
  if (!found) return undefined;
  const [folder, manifest] = found;
  if (!(arrows[folderOf(file.path)] ?? []).includes(folder)) return `${folderOf(file.path)} must not import ${folder}`;
  return entryPointFault(manifest, specifier);
}

function entryPointFault({ name, entryPoints }: Manifest, specifier: string): string | undefined {
  const known = entryPoints.some((entry) =>
    entry.endsWith('*') ? specifier.startsWith(entry.slice(0, -1)) : specifier === entry,
  );
  return known ? undefined : `${name} has no such entry point`;
}

function relativeFault(path: string, specifier: string): string | undefined {
  const target = targetOf(path, specifier);
  const source = `packages/${folderOf(path)}/src/`;
  if (!target.startsWith(source)) return 'it leaves its package';
  const inside: [string, string] = [path.slice(source.length), target.slice(source.length)];
  if (folderOf(path) === 'core') return coreFault(...inside);
  return folderOf(path) === 'router' ? routerFault(...inside) : undefined;
}

function routerFault(path: string, target: string): string | undefined {
  const [from, to] = [topFolder(path), topFolder(target)];
  const isUpward = ofWire.includes(from) && ofRealms.includes(to);
  const isAcross = (from === 'broker' && to === 'dealer') || (from === 'dealer' && to === 'broker');
  return isUpward || isAcross ? `${from} must not import ${to}` : undefined;
}

function coreFault(path: string, target: string): string | undefined {
  const [from, to] = [topFolder(path), topFolder(target)];
  if (from === 'pipeline' && to !== from) {
    return neutral.includes(target) ? undefined : `${from} imports nothing of core but ${neutral.join(' and ')}`;
  }
  if (sharedSchemas.includes(target)) return undefined;
  if (from === 'functions' && to === from) return functionsFault(below(path), below(target));
  if (to === '' || from === to) return undefined;
  if (apart.some((pair) => pair.includes(from) && pair.includes(to))) return `${from} must not import ${to}`;
  return target === `${to}/index.ts` ? undefined : `the entry point of ${to} is ${to}/index.ts`;
}

function functionsFault(path: string, target: string): string | undefined {
  const [from, to] = [topFolder(path), topFolder(target)];
  if (from === '') return undefined;
  const known = ofFunctions.slice(0, ofFunctions.indexOf(from) + 1);
  return known.includes(to) ? undefined : `${from} must not import ${to || 'what is above it'}`;
}

function below(path: string): string {
  return path.slice(path.indexOf('/') + 1);
}

function folderOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function topFolder(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : '';
}
