// npm run errors: writes the tables of docs/errors.md anew, from the sources that they are about.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withTables } from './errors/page.ts';
import { errorTables } from './errors/tables.ts';

const path = join(import.meta.dirname, '../docs/errors.md');
writeFileSync(path, withTables(readFileSync(path, 'utf8'), errorTables()));
