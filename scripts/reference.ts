// npm run reference: writes the pages of docs/ that are made of the sources.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referencePages } from './reference/pages.ts';

for (const [name, text] of Object.entries(await referencePages())) {
  writeFileSync(join(import.meta.dirname, '../docs', name), text);
}
