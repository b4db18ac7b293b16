import { globSync, readFileSync } from 'node:fs';
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

describe('Published packages on Node.js 22', () => {
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
