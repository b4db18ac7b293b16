import { existsSync, globSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@pgwamp/harness';
import { expect } from 'chai';
import ts from 'typescript';

/**
 * Features that Node.js 22 lacks and TypeScript does not compile away. Tests may use them, since
 * `scripts/older-node.mjs` adds them there; therefore no other test notices their use in a published package.
 */
const missing: ReadonlySet<string> = new Set([
  ...['AsyncDisposableStack', 'DisposableStack', 'SuppressedError', 'Float16Array', 'URLPattern'],
  ...[
    'Error.isError',
    'Math.sumPrecise',
    'Promise.try',
    'RegExp.escape',
    'Uint8Array.fromBase64',
    'Uint8Array.fromHex',
  ],
]);

/** The uses of such features in a source, with their lines; comments and strings do not count. */
function usesOf(path: string, text: string): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node) => {
    const name = ts.isIdentifier(node) || ts.isPropertyAccessExpression(node) ? node.getText() : '';
    const { line } = source.getLineAndCharacterOfPosition(node.getStart());
    if (missing.has(name)) found.push(`${path}:${line + 1}: ${name}`);
    node.forEachChild(visit);
  };
  visit(source);
  return found;
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly engines?: { readonly node?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
}

function manifestIn(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/** The folders of all packages that a package needs, its own first. */
function closureOf(folder: string, found = new Set<string>()): ReadonlySet<string> {
  const own = realpathSync(folder);
  if (found.has(own)) return found;
  found.add(own);
  for (const name of Object.keys(manifestIn(own).dependencies ?? {})) {
    // Its own folder has them in a workspace, the one that it is in elsewhere.
    const places = [
      join(own, 'node_modules', name),
      join(own.replace(/(node_modules)(?!.*node_modules).*$/, '$1'), name),
    ];
    closureOf(places.find((place) => existsSync(place)) ?? name, found);
  }
  return found;
}

/** The first version 22 of Node.js that a range such as `>=22.12.0` or `^22 || ^24` allows, as a number: 22.012. */
function first22(range: string): number {
  const versions = range.split('||').flatMap((part) => {
    if (part.trim() === '*') return [0];
    const [, sign = '', major = '', minor = '0'] = /^\s*(>=|\^)?\s*v?(\d+)(?:\.(\d+))?/.exec(part) ?? [];
    if (Number(major) === 22) return [Number(minor)];
    return sign === '>=' && Number(major) < 22 ? [0] : [];
  });
  return 22 + Math.min(...versions) / 1000;
}

describe('Published packages on Node.js 22', () => {
  it('name the version in engines, and in their README, that they and what they depend on need', () => {
    const folders = globSync('packages/*', { cwd: repositoryRoot }).map((path) => join(repositoryRoot, path));
    const published = folders.filter((folder) => manifestIn(folder).private !== true);
    expect(published).to.have.length.above(8);
    const needed = published.flatMap((folder) => [...closureOf(folder)].map((it) => manifestIn(it)));
    expect(needed.map(({ name }) => name)).to.include.members(['commander', 'autobahn', 'pino']);
    const least = Math.max(...needed.map(({ engines }) => (engines?.node ? first22(engines.node) : 22)));
    for (const folder of published) {
      const { name, engines } = manifestIn(folder);
      expect(engines, name).to.deep.equal({ node: '>=22.12' });
      const readme = readFileSync(join(folder, 'README.md'), 'utf8');
      for (const [said] of readme.matchAll(/Node\.js \d+[\d.]*\d/g)) expect(said, name).to.equal('Node.js 22.12');
    }
    expect(least).to.equal(first22('>=22.12'));
  });

  it('use nothing that it does not support', () => {
    const paths = globSync('packages/*/src/**/*.ts', { cwd: repositoryRoot, exclude: ['packages/harness/**'] });
    expect(paths).to.have.length.above(300);
    const uses = paths.flatMap((path) => usesOf(path, readFileSync(join(repositoryRoot, path), 'utf8')));
    expect(uses).to.deep.equal([]);
  });

  it('are reported otherwise', () => {
    const text = `// AsyncDisposableStack\nconst stack: AsyncDisposableStack = new X('URLPattern');\nPromise.try(f);`;
    expect(usesOf('a.ts', text)).to.deep.equal(['a.ts:2: AsyncDisposableStack', 'a.ts:3: Promise.try']);
  });
});
