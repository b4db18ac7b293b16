import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqlFolder } from '../../src/postgres/index.ts';

/** A copy of `sql/` that a test may change. */
export interface SqlFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes a file such as `functions/a.sql`. */
  write(name: string, text: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Leaves migrations/ and functions/, without a file. */
  empty(): Promise<void>;
}

export async function copySqlFolder(): Promise<SqlFolder> {
  const path = await mkdtemp(join(tmpdir(), 'pgwamp-sql-'));
  await cp(sqlFolder, path, { recursive: true });
  return {
    path,
    write: (name, text) => writeFile(join(path, name), text),
    remove: (name) => rm(join(path, name)),
    async empty() {
      for (const name of ['migrations', 'functions']) {
        await rm(join(path, name), { recursive: true });
        await mkdir(join(path, name));
      }
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}
