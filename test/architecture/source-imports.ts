import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@pgwamp/harness';
import ts from 'typescript';

/** A file of `packages/<name>/src` and what it imports. */
export interface SourceFile {
  /** From the repository's top, with forward slashes: `packages/core/src/config/index.ts`. */
  readonly path: string;
  /** Module specifiers as they stand in the source, of imports, re-exports and dynamic imports alike. */
  readonly imports: readonly string[];
}

/** Reads one source text. */
export function sourceFile(path: string, text: string): SourceFile {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  return { path, imports: importedFiles.map(({ fileName }) => fileName) };
}

/** Every source file of every package that is published. */
export function packageSources(): SourceFile[] {
  const paths = globSync('packages/*/src/**/*.ts', { cwd: repositoryRoot });
  return paths
    .filter((path) => !path.startsWith(join('packages', 'harness')))
    .map((path) => sourceFile(path.replaceAll('\\', '/'), readFileSync(join(repositoryRoot, path), 'utf8')));
}

/** A package of this workspace, and the module specifiers by which others may import it. */
export interface Doors {
  readonly name: string;
  readonly doors: readonly string[];
}

/** What each package's `exports` lists, by the name of its folder. */
export function packageDoors(): Map<string, Doors> {
  const manifests = globSync('packages/*/package.json', { cwd: repositoryRoot });
  return new Map(manifests.map((path) => [path.split(/[\\/]/)[1] ?? '', doorsOf(path)]));
}

function doorsOf(path: string): Doors {
  const { name, exports } = JSON.parse(readFileSync(join(repositoryRoot, path), 'utf8'));
  const entries = typeof exports === 'string' ? ['.'] : Object.keys(exports);
  return { name, doors: entries.map((entry) => name + entry.slice(1)) };
}
