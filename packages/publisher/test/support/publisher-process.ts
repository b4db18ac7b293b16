import { join } from 'node:path';
import { type RunningProcess, startProcess } from '@pgwamp/harness';
import type { PublisherOptions } from '@pgwamp/publisher';

const fixture = join(import.meta.dirname, '../fixtures/publisher-process.ts');

/**
 * Starts a Publisher in a process of its own; it says `{ state }` when it has started.
 *
 * @param nodeOptions - options of Node itself, such as limits of its memory
 */
export function startPublisherProcess(options: PublisherOptions, nodeOptions?: string): Promise<RunningProcess> {
  return startProcess(fixture, { args: [JSON.stringify(options)], nodeOptions });
}
