import { readFile } from 'node:fs/promises';
import type { Connection } from '../connection.ts';
import { sqlFolder } from './sql-files.ts';

/** Returns the functions of pg-event-proxy and pg-amqp-bridge as one SQL file, which can be run repeatedly. */
export function eventsSql(): Promise<string> {
  return readFile(`${sqlFolder}events/events.sql`, 'utf8');
}

/** Installs the schemas `events` and `rabbitmq`, or replaces the original functions with ours. */
export async function installEvents(connection: Connection): Promise<void> {
  await connection.query(`BEGIN; ${await eventsSql()}; COMMIT`);
}
