import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { classesOf } from '../declarations.ts';

const root = join(import.meta.dirname, '../..');

/** An error that the packages throw. */
export interface ErrorClass {
  readonly name: string;
  /** The path of its file, from the repository's root. */
  readonly path: string;
  /** The name of the base class. */
  readonly base: string;
  /** Empty if it has none. */
  readonly code: string;
  readonly isFatal: boolean;
  /** A sentence. */
  readonly when: string;
  /** The remedy, as a sentence. */
  readonly remedy: string;
}

const extendsError = /class \w+ extends (\w*(?:Error|Fault|Violation))\b/;

function errorsIn(path: string): ErrorClass[] {
  // Most files have none, and reading a source takes its time.
  if (!extendsError.test(readFileSync(join(root, path), 'utf8'))) return [];
  return classesOf(join(root, path)).flatMap(({ name, summary, remarks, text }) => {
    const base = extendsError.exec(text)?.[1];
    const code = /readonly code = '(\w+)'/.exec(text)?.[1] ?? '';
    const isFatal = text.includes('override readonly fatal = true');
    return base ? [{ name, path, base, code, isFatal, when: summary, remedy: remarks }] : [];
  });
}

/** Every class of errors that a package of the repository exports from a file and publishes, the catalogues of the packages first. */
export function errorClasses(): ErrorClass[] {
  const paths = globSync('packages/!(harness)/src/**/*.ts', { cwd: root }).map((path) => path.replaceAll('\\', '/'));
  const isCatalogue = (path: string) => path.endsWith('/src/errors.ts');
  const sorted = paths.toSorted(
    (one, other) => Number(isCatalogue(other)) - Number(isCatalogue(one)) || (one < other ? -1 : 1),
  );
  return sorted.flatMap(errorsIn);
}
