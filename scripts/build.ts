// Makes `dist` of every package, as it is published: the declarations of TypeScript, and few JavaScript files.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundle } from './build/bundle.ts';

const root = dirname(import.meta.dirname);
const folders = globSync('packages/*', { cwd: root })
  .map((folder) => join(root, folder))
  .filter((folder) => existsSync(join(folder, 'tsconfig.json')) && isPublished(folder));

// Otherwise, the output of a deleted source file would be published as well.
for (const folder of folders) rmSync(join(folder, 'dist'), { recursive: true, force: true });
const { status, error } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b'], {
  cwd: root,
  stdio: 'inherit',
});
if (status !== 0) throw error ?? new Error(`tsc ended with ${status}`);
await Promise.all(folders.map(bundle));

function isPublished(folder: string): boolean {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).private !== true;
}
