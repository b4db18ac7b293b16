import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** One file of `sql/`. */
export interface SqlFile {
  /** Its name without the folder, such as `0001-publisher.sql`. */
  readonly name: string;
  readonly text: string;
  readonly checksum: string;
}

/** A migration: applied once, in the order of its version. */
export interface Migration extends SqlFile {
  readonly version: number;
}

/** The files under `sql/` that the installer applies. */
export interface SqlFiles {
  readonly migrations: readonly Migration[];
  readonly functions: readonly SqlFile[];
}

/** The folder `sql/` that this package brings: its own once it is built, the repository's as long as it runs from its sources. */
export const sqlFolder = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../../../../sql/' : '../../../sql/', import.meta.url),
);

/**
 * Reads what the installer applies for one delivery: the files `<function>.sql`, and `<function>.<delivery>.sql` of that
 * delivery alone; `<function>.<one>+<other>.sql` is the variant of both.
 */
export async function readSqlFiles(delivery: string, folder = sqlFolder): Promise<SqlFiles> {
  const migrations = await readFolder(`${folder}/migrations`);
  const functions = await readFolder(`${folder}/functions`);
  return {
    migrations: migrations.map((file) => ({ ...file, version: Number.parseInt(file.name, 10) })),
    functions: functions.filter(({ name }) => isOf(delivery, name)),
  };
}

function isOf(delivery: string, name: string): boolean {
  const [, variant = ''] = name.split('.');
  return variant === 'sql' || variant.split('+').includes(delivery);
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
