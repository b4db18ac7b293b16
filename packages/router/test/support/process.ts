import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { within } from './deadline.ts';

/** Runs a module that stands beside the tests meanwhile, in a process of its own; resolves when it has ended by itself. */
export async function run(source: string): Promise<{ code: number | null; output: string }> {
  // A file, and no --eval: Node.js 22 has to be helped with its syntax.
  const file = fileURLToPath(new URL(`../example-${randomUUID()}.ts`, import.meta.url));
  await writeFile(file, source);
  const child = spawn(process.execPath, [file]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  try {
    const [code] = await within(once(child, 'close'), 'the process ends by itself', 20_000);
    return { code, output };
  } finally {
    child.kill('SIGKILL');
    await rm(file);
  }
}
