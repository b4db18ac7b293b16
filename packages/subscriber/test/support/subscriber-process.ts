import { join } from 'node:path';
import { type RunningProcess, startProcess } from '@pgwamp/harness';
import type { SubscriberOptions } from '@pgwamp/subscriber';

const fixture = join(import.meta.dirname, '../fixtures/subscriber-process.ts');

/** Starts a Subscriber in a process of its own, and returns when it runs. */
export async function startSubscriberProcess(options: SubscriberOptions): Promise<RunningProcess> {
  const process = await startProcess(fixture, { args: [JSON.stringify(options)] });
  try {
    await process.waitFor({ state: 'running' });
    return process;
  } catch (error) {
    await process[Symbol.asyncDispose]();
    throw error;
  }
}
