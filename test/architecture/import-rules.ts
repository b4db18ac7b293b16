import { posix } from 'node:path';
import type { Doors, SourceFile } from './source-imports.ts';

const components = ['publisher', 'subscriber', 'callee', 'caller'];

/** Which packages of this workspace a package may import; a package that is not listed here imports none. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  node: ['protocol', 'config', 'core', 'router', 'console', ...components],
  core: ['protocol', 'config'],
  router: ['protocol', 'config'],
  ...Object.fromEntries(components.map((component) => [component, ['core', 'config', 'protocol']])),
};

/** npm packages that only some places may know, by the beginning of the paths of these places. */
const confined: Readonly<Record<string, readonly string[]>> = {
  autobahn: ['packages/core/src/wamp/autobahn.ts'],
  pg: ['packages/core/src/postgres/', 'packages/core/src/sources/'],
  pgwire: ['packages/core/src/postgres/', 'packages/core/src/sources/'],
  'pg-format': ['packages/core/src/postgres/', 'packages/core/src/sources/'],
};

/** Folders of core that must not know of each other. */
const strangers = [['postgres', 'wamp']];

/** Folders of `core/functions/`, each of which knows those before it: what there is, how it is called, where, and the call itself. */
const ofFunctions = ['routines', 'statements', 'endpoints', 'execution'];

/** Folders of the router for what is on the wire, and those of the realms, of which the former know nothing. */
const ofWire = ['matching', 'transports'];
const ofRealms = ['session', 'realm', 'broker', 'dealer', 'meta', 'authentication', 'authorization'];

/**
 * Every import that breaks a rule of `docs/architecture.md`, as one line of text.
 *
 * @param packages - the packages of the workspace by the names of their folders
 */
export function forbiddenImports(files: readonly SourceFile[], packages: ReadonlyMap<string, Doors>): string[] {
  return files.flatMap((file) =>
    file.imports.flatMap((specifier) => {
      const reason = specifier.startsWith('.')
        ? relativeFault(file.path, specifier)
        : bareFault(file, specifier, packages);
      return reason ? [`${file.path} imports ${specifier}: ${reason}`] : [];
    }),
  );
}

function bareFault(file: SourceFile, specifier: string, packages: ReadonlyMap<string, Doors>): string | undefined {
  const name = packageName(specifier);
  const places = confined[name];
  if (places && !places.some((place) => file.path.startsWith(place))) return `${name} belongs to ${places.join(', ')}`;
  const found = [...packages].find(([, { name: known }]) => known === name);
  return found && workspaceFault(folderOf(file.path), found[0], specifier, found[1].doors);
}

function workspaceFault(from: string, to: string, specifier: string, doors: readonly string[]): string | undefined {
  if (!(arrows[from] ?? []).includes(to)) return `${from} must not know ${to}`;
  return doors.includes(specifier) ? undefined : `${to} has no such door`;
}

function relativeFault(path: string, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(path), specifier);
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
  return isUpward || isAcross ? `${from} must not know ${to}` : undefined;
}

function coreFault(path: string, target: string): string | undefined {
  const [from, to] = [topFolder(path), topFolder(target)];
  if (target === 'functions/configuration.ts' || target === 'wamp/transport-configuration.ts') return undefined;
  if (from === 'functions' && to === from) return functionsFault(below(path), below(target));
  if (to === '' || from === to) return undefined;
  if (strangers.some((pair) => pair.includes(from) && pair.includes(to))) return `${from} must not know ${to}`;
  return target === `${to}/index.ts` ? undefined : `the door of ${to} is ${to}/index.ts`;
}

function functionsFault(path: string, target: string): string | undefined {
  const [from, to] = [topFolder(path), topFolder(target)];
  if (from === '') return undefined;
  const known = ofFunctions.slice(0, ofFunctions.indexOf(from) + 1);
  return known.includes(to) ? undefined : `${from} must not know ${to || 'what is above it'}`;
}

function below(path: string): string {
  return path.slice(path.indexOf('/') + 1);
}

function packageName(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

function folderOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function topFolder(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : '';
}
