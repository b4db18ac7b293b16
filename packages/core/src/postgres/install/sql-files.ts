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

/** A migration, which is applied once, in the order of its version. */
export interface Migration extends SqlFile {
  readonly version: number;
}

/** A file that creates one function, or several functions with one name. */
export interface FunctionFile extends SqlFile {
  /** The name of the function. */
  readonly function: string;
  /** The functions that must exist before, from the first line of the file: `-- needs: _a, _b`. */
  readonly needs: readonly string[];
  /** Whether the file revokes the function from PUBLIC. */
  readonly isPrivate: boolean;
}

/** The files that the installer applies. */
export interface SqlFiles {
  readonly migrations: readonly Migration[];
  /** The function files, sorted so that each one follows the files that it needs. */
  readonly functions: readonly FunctionFile[];
}

/** The folder `sql/`: the package's own after a build, or the repository's when it runs from source. */
export const sqlFolder = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../../../../sql/' : '../../../sql/', import.meta.url),
);

/** Returns the functions of pg-event-proxy and pg-amqp-bridge as one SQL file, which can be run repeatedly. */
export function eventsSql(): Promise<string> {
  return readFile(`${sqlFolder}events/events.sql`, 'utf8');
}

/**
 * Reads the files for one delivery: the files `<function>.sql`, and the files `<function>.<delivery>.sql` of that
 * delivery only. `<function>.<one>+<other>.sql` applies to both. Without a delivery, only files of the first form are
 * read.
 *
 * @throws `SqlFilesError` if a file needs a function that no file creates, or if files need each other.
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
