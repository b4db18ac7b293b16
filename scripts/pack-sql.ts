// Copies sql/ into packages/core before it is packed, with crossbar.sql, the whole schema in one file.
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleSql, readSqlFiles } from '@pgwamp/core/internal/postgres';

const root = join(import.meta.dirname, '..');
const target = process.argv[2] ?? join(root, 'packages/core/sql');

await cp(join(root, 'sql'), target, { recursive: true });
await writeFile(join(target, 'crossbar.sql'), bundleSql(await readSqlFiles('outbox')));
