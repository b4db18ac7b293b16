import { readFile } from 'node:fs/promises';
import type { Connection } from '../connection.ts';
import { sqlFolder } from './sql-files.ts';

/** The functions of pg-event-proxy and pg-amqp-bridge, as one SQL file that may be run again. */
export function eventsSql(): Promise<string> {
  return readFile(`${sqlFolder}events/events.sql`, 'utf8');
}

/** Installs the schemas `events` and `rabbitmq`, or puts ours in the place of the original functions. */
export async function installEvents(connection: Connection): Promise<void> {
  await connection.query(`BEGIN; ${await eventsSql()}; COMMIT`);
}
