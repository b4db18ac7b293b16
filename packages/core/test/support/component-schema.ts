import { database } from '@pgwamp/config';
import { component } from '@pgwamp/core/internal/component';
import * as z from 'zod';

/** A component's schema as the Publisher has one: the common part, and an `extra` of its own. */
export const componentSchema = component.extend({
  extra: z.strictObject({ database, delivery: z.enum(['auto', 'wal', 'outbox', 'notify']).default('auto') }),
});

/** A configuration that is right, as a user writes it. */
export function sample() {
  return {
    realm: 'realm1',
    transport: { type: 'websocket', url: 'ws://127.0.0.1:8080/ws' },
    extra: { database: { host: '127.0.0.1', database: 'shop', user: 'crossbar', password: 'a-Secret' } },
  };
}
