import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { SqlFilesError } from '../../errors.ts';

/** One file of `sql/`. */
export interface SqlFile {
  /** Its name without the folder, for example `0001-schema.sql`. */
  readonly name: string;
  readonly text: string;
  readonly checksum: string;
}

/** A migration: applied once, in the order of its version. */
export interface Migration extends SqlFile {
  readonly version: number;
}

/** A file that makes one function, or several of one name. */
export interface FunctionFile extends SqlFile {
  /** The name of the function. */
  readonly function: string;
  /** The functions that must be there before, from the first line of the file: `-- needs: _a, _b`. */
  readonly needs: readonly string[];
  /** Whether the file takes the function from PUBLIC. */
  readonly isPrivate: boolean;
}

/** The files that the installer applies. */
export interface SqlFiles {
  readonly migrations: readonly Migration[];
  /** In an order in which each comes after those that it needs. */
  readonly functions: readonly FunctionFile[];
}

/** The folder `sql/` of this package: its own once it is built, the repository's as long as it runs from its sources. */
export const sqlFolder = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../../../../sql/' : '../../../sql/', import.meta.url),
);

/**
 * Reads what the installer applies for one delivery: the files `<function>.sql`, and `<function>.<delivery>.sql` of that
 * delivery only; `<function>.<one>+<other>.sql` is the variant of both. Without a delivery only the first kind.
 *
 * @throws `SqlFilesError` if a file needs a function that no file makes, or files need each other.
 */
export async function readSqlFiles(delivery?: string, folder = sqlFolder): Promise<SqlFiles> {
  const migrations = await readFolder(`${folder}/migrations`);
  const files = await readFolder(`${folder}/functions`);
  return {
    migrations: migrations.map((file) => ({ ...file, version: Number.parseInt(file.name, 10) })),
    functions: inOrder(files.filter(({ name }) => isOf(delivery, name)).map(functionFile)),
  };
}

function isOf(delivery: string | undefined, name: string): boolean {
  const [, variant = ''] = name.split('.');
  return variant === 'sql' || (delivery !== undefined && variant.split('+').includes(delivery));
}

function functionFile(file: SqlFile): FunctionFile {
  const [needs = ''] = /(?<=^-- needs: ).*/.exec(file.text) ?? [];
  return {
    ...file,
    function: file.name.split('.')[0] ?? '',
    needs: needs.split(',').flatMap((name) => name.trim() || []),
    isPrivate: /^REVOKE ALL ON (FUNCTION|PROCEDURE|ROUTINE) .* FROM PUBLIC;$/m.test(file.text),
  };
}

function inOrder(files: readonly FunctionFile[]): FunctionFile[] {
  const byFunction = new Map(files.map((file) => [file.function, file]));
  const ordered = new Set<FunctionFile>();
  const add = (file: FunctionFile, path: readonly string[]) => {
    if (ordered.has(file)) return;
    if (path.includes(file.name)) throw new SqlFilesError(`${[...path, file.name].join(' needs ')}: a circle`);
    for (const name of file.needs) {
      const needed = byFunction.get(name);
      if (!needed) throw new SqlFilesError(`${file.name} needs ${name}, which no file makes`);
      add(needed, [...path, file.name]);
    }
    ordered.add(file);
  };
  for (const file of files) add(file, []);
  return [...ordered];
}

async function readFolder(folder: string): Promise<SqlFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(`${folder}/${name}`, 'utf8');
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') };
    }),
  );
}
