import { startProcess } from '@pgwamp/harness';
import { type BenchDatabase, databaseConfiguration } from '../database.ts';
import type { Answered } from '../router/load/requests.ts';

const program = new URL('../processes/pool-load.ts', import.meta.url).pathname;

/** A process with a pool of node-postgres. */
export interface PoolProcess extends AsyncDisposable {
  readonly pid: number;
  /** Calls the function for a second. */
  call(): Promise<Answered>;
}

/**
 * Starts a process that calls the function by a pool of 8 connections.
 *
 * @param statements as the Callee does, in a transaction with its settings; or the function alone.
 */
export async function startPool(
  bench: BenchDatabase,
  { inFlight, statements }: { readonly inFlight: number; readonly statements: 'transaction' | 'query' },
): Promise<PoolProcess> {
  const options = { database: databaseConfiguration(bench), inFlight, statements };
  const process = await startProcess(program, { args: [JSON.stringify(options)] });
  await process.waitFor({ running: true });
  let round = 0;
  return {
    pid: process.pid,
    async call() {
      round += 1;
      process.kill('SIGUSR2');
      return (await process.waitFor({ round })) as unknown as Answered;
    },
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}
