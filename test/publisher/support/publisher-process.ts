import { join } from 'node:path';
import { type RunningProcess, startProcess } from '@pgwamp/harness';
import type { PublisherOptions } from '@pgwamp/publisher';

const fixture = join(import.meta.dirname, '../fixtures/publisher-process.ts');

/** Starts a Publisher in a process of its own; it says `{ state }` when it has started. */
export function startPublisherProcess(options: PublisherOptions): Promise<RunningProcess> {
  return startProcess(fixture, { args: [JSON.stringify(options)] });
}
