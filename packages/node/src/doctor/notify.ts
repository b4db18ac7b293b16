import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '@pgwamp/core/internal/postgres';
import { type Finding, findings } from './finding.ts';

const patience = 5000;

/** Sends a NOTIFY and waits for it. */
export async function checkNotify(connection: Connection): Promise<Finding> {
  const { ok, fail } = findings('notify');
  const channel = `pgwamp_doctor_${process.pid}`;
  const { promise, resolve } = Promise.withResolvers<true>();
  connection.onNotification((name) => {
    if (name === channel) resolve(true);
  });
  await connection.query(`LISTEN ${channel}`);
  const sent = performance.now();
  await connection.query(`NOTIFY ${channel}`);
  const isReceived = await Promise.race([promise, sleep(patience, false, { ref: false })]);
  await connection.query(`UNLISTEN ${channel}`);
  if (isReceived) return ok(`a notification came back after ${Math.round(performance.now() - sent)} ms`);
  return fail(
    'a notification did not come back: something between this machine and PostgreSQL drops it',
    'connect to PostgreSQL without a pooler',
  );
}
