import type { RouterStats } from '../../src/index.ts';
import type { RealmModel } from './realm-model.ts';

type Counts = Pick<RouterStats, 'connections' | 'sessions' | 'subscriptions' | 'registrations' | 'pendingCalls'>;

/** The expected counters of the router. */
export function countsOf({ clients, broker, dealer }: RealmModel): Counts {
  return {
    connections: clients.filter(({ state }) => state !== 'over').length,
    sessions: clients.filter(({ state }) => state === 'open').length,
    subscriptions: broker.subscriptions.length,
    registrations: dealer.registrations.length,
    pendingCalls: dealer.calls.list.size,
  };
}
