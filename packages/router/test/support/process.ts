import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { within } from './deadline.ts';

const folder = fileURLToPath(new URL('..', import.meta.url));

/** Runs a module, as if it stood beside the tests, in a process of its own; resolves when it has ended by itself. */
export async function run(source: string): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', source], { cwd: folder });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  try {
    const [code] = await within(once(child, 'close'), 'the process ends by itself', 20_000);
    return { code, output };
  } finally {
    child.kill('SIGKILL');
  }
}
