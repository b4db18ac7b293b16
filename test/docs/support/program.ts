import { mkdirSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '@pgwamp/harness';
import type { Block } from './documents.ts';

/** Blocks as files, where they find the packages of this repository; its disposal deletes them. */
export interface Programs extends AsyncDisposable {
  readonly folder: string;
  /** Writes a block into a file and returns its path. */
  write(block: Block): Promise<string>;
}

/** An empty folder for programs out of documents. */
export async function programs(): Promise<Programs> {
  const cache = join(repositoryRoot, '.cache');
  mkdirSync(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'docs-'));
  mkdirSync(join(folder, 'node_modules'));
  // What a reader installs besides: here it belongs to core alone.
  await symlink(
    join(repositoryRoot, 'packages/core/node_modules/@prometheus-io'),
    join(folder, 'node_modules/@prometheus-io'),
    'junction',
  );
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  return {
    folder,
    async write({ place, language, code }) {
      const file = join(folder, `${place.replace(/\W+/g, '-')}.${language}`);
      await writeFile(file, code);
      return file;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
