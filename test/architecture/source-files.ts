import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { repositoryRoot } from '@pgwamp/harness';
import ts from 'typescript';

/** A TypeScript file and what it imports. */
export interface SourceFile {
  /** From the repository's top, with forward slashes: `packages/core/src/json.ts`. */
  readonly path: string;
  /** Module specifiers as they stand in the source, of imports, types included, re-exports, dynamic imports and `import.meta.resolve` alike. */
  readonly imports: readonly string[];
}

/** Reads one source text. */
export function sourceFile(path: string, text: string): SourceFile {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  const resolved = [...text.matchAll(/import\.meta\.resolve\('([^']+)'\)/g)].map(([, specifier = '']) => specifier);
  return { path, imports: [...importedFiles.map(({ fileName }) => fileName), ...resolved] };
}

/** Every TypeScript file that a pattern matches. */
export function sourceFiles(...patterns: readonly string[]): SourceFile[] {
  return globSync(patterns, { cwd: repositoryRoot, exclude: ['**/node_modules/**', '**/dist/**'] })
    .map((path) => path.replaceAll('\\', '/'))
    .map((path) => sourceFile(path, readFileSync(join(repositoryRoot, path), 'utf8')));
}

/** The file that a relative import means, from the repository's top. */
export function targetOf(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier);
}

/** The npm package of a bare import; undefined for a relative one and for those of Node.js. */
export function packageOf(specifier: string): string | undefined {
  if (/^[./]|^node:/.test(specifier)) return undefined;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/** A package of this workspace. */
export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  /** The module specifiers by which others may import it; `*` stands for anything. */
  readonly entryPoints: readonly string[];
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
  /** The packages that a user installs for optional features. */
  readonly optionalPeers: readonly string[];
}

/** Every package of this workspace by the name of its folder. */
export function manifests(): Map<string, Manifest> {
  const paths = globSync('packages/*/package.json', { cwd: repositoryRoot });
  return new Map(paths.map((path) => [path.split(/[\\/]/)[1] ?? '', manifestOf(path)]));
}

function manifestOf(path: string): Manifest {
  const read = JSON.parse(readFileSync(join(repositoryRoot, path), 'utf8'));
  const entries = typeof read.exports === 'string' ? ['.'] : Object.keys(read.exports);
  return {
    name: read.name,
    private: read.private ?? false,
    entryPoints: entries.map((entry) => read.name + entry.slice(1)),
    dependencies: Object.keys({ ...read.dependencies, ...read.peerDependencies }),
    devDependencies: Object.keys(read.devDependencies ?? {}),
    optionalPeers: Object.keys(read.peerDependenciesMeta ?? {}),
  };
}
