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
  // Packages that a reader installs additionally: here one belongs to core alone, and the other to no package.
  const link = (from: string, to: string) => symlink(join(repositoryRoot, from), join(folder, to), 'junction');
  await link('packages/core/node_modules/@prometheus-io', 'node_modules/@prometheus-io');
  mkdirSync(join(folder, 'node_modules/@pgwamp'));
  await link('packages/console', 'node_modules/@pgwamp/console');
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
