import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '@pgwamp/core/internal/postgres';

const customers = ['Ada', 'Blaise', 'Emmy', 'Évariste', 'Grace', 'Kurt', 'Sofya', 'Srinivasa'];

/**
 * The changes in the shop: now and then an order is created, moved to the next state, or deleted, and the temperature
 * of the cellar is measured.
 */
const happenings = [
  `INSERT INTO orders (customer, amount, card_number) VALUES ($1, round((random() * 200)::numeric, 2), '4111 1111 1111 1111')`,
  `UPDATE orders SET state = CASE state WHEN 'new' THEN 'paid' ELSE 'sent' END
   WHERE id = (SELECT id FROM orders WHERE state <> 'sent' AND $1 <> '' ORDER BY random() LIMIT 1)`,
  `DELETE FROM orders WHERE id = (SELECT id FROM orders WHERE state = 'sent' AND $1 <> '' ORDER BY id LIMIT 1)`,
  `INSERT INTO temperature (celsius) SELECT 12 + round((random() * 3)::numeric, 1) WHERE $1 <> ''`,
];

/**
 * Makes changes in the shop, about three per second, until the signal aborts.
 *
 * @example
 * ```ts
 * import { liveOn, startDemo } from 'pgwamp/demo';
 *
 * const demo = await startDemo(8080);
 * await liveOn(demo.shop, AbortSignal.timeout(60_000));
 * await demo[Symbol.asyncDispose]();
 * ```
 */
export async function liveOn(shop: Connection, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await shop.query(pick(happenings), [pick(customers)]);
    await sleep(100 + Math.random() * 500, undefined, { signal: stop }).catch(() => undefined);
  }
}

function pick(choices: readonly string[]): string {
  return choices[Math.floor(Math.random() * choices.length)] ?? '';
}
