import { join } from 'node:path';
import type { CallerOptions } from '@pgwamp/caller';
import { type RunningProcess, startProcess } from '@pgwamp/harness';

const fixture = join(import.meta.dirname, '../fixtures/caller-process.ts');

/** Starts a Caller in a process of its own, and waits until it runs. */
export async function startCallerProcess(options: CallerOptions, nodeOptions?: string): Promise<RunningProcess> {
  const process = await startProcess(fixture, {
    args: [JSON.stringify(options)],
    nodeOptions,
  });
  await process.waitFor({ state: 'running' });
  return process;
}
