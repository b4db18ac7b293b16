import { Desk } from '@pgwamp/core/internal/functions';
import { keep } from './keep.ts';
import type { Serving } from './serve.ts';

/** Keeps a desk open, and the subscriptions as it tells them, until told to stop. */
export function keepDesk(serving: Serving, until: AbortSignal): Promise<void> {
  return keep(
    async (works) => {
      await using desk = await Desk.open(deskOptions(serving));
      try {
        await follow(desk, serving, until, works);
      } finally {
        if (until.aborted) await finish(desk, serving);
        else serving.turns.hold();
        serving.desks.leave();
      }
    },
    until,
    serving,
  );
}

async function follow(desk: Desk, serving: Serving, until: AbortSignal, works: () => void): Promise<void> {
  const { desks, turns, subscriptions, handling } = serving;
  let isFirst = true;
  for await (const changes of desk.changes(until)) {
    if (isFirst) {
      desks.arrive(desk);
      turns.resume();
      handling.tell(desk);
      await subscriptions.replace(changes.changed);
      works();
    } else await subscriptions.change(changes);
    isFirst = false;
    serving.ready();
  }
}

/** What is in hand is cancelled, which is the last that there is to tell. */
async function finish(desk: Desk, { turns, handling }: Serving): Promise<void> {
  turns.resume();
  await turns.idle();
  handling.tell(desk);
}

function deskOptions({ configuration: { realm, extra }, log }: Serving) {
  const { database, pool, statement_timeout, roles } = extra;
  return {
    // Events wait for their turn in lanes, and so none in the pool.
    configuration: { database, pool: { ...pool, queue: pool.size }, statement_timeout, roles },
    applicationName: `pgwamp subscriber ${realm}`,
    kind: 'subscription',
    realm,
    log,
  } as const;
}
