import { join } from 'node:path';
import type { CalleeOptions } from '@pgwamp/callee';
import { type RunningProcess, startProcess } from '@pgwamp/harness';

const fixture = join(import.meta.dirname, '../fixtures/callee-process.ts');

/**
 * Starts a Callee in a process of its own; it says `{ state }` when it has started, and `{ state, calls, failed }` when SIGTERM has
 * stopped it.
 *
 * @param nodeOptions - options of Node itself, such as limits of its memory
 */
export function startCalleeProcess(options: CalleeOptions, nodeOptions?: string): Promise<RunningProcess> {
  return startProcess(fixture, { args: [JSON.stringify(options)], nodeOptions });
}
