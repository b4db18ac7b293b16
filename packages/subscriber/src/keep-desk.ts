import { FunctionHost } from '@pgwamp/core/internal/functions';
import { keep } from './keep.ts';
import type { Serving } from './serve.ts';

/** Keeps a host open, and the subscriptions as it tells them, until told to stop. */
export function keepHost(serving: Serving, until: AbortSignal): Promise<void> {
  return keep(
    async (works) => {
      await using host = await FunctionHost.open(hostOptions(serving));
      try {
        await follow(host, serving, until, works);
      } finally {
        if (until.aborted) await finish(host, serving);
        else serving.scheduler.pause();
        serving.hosts.leave();
      }
    },
    until,
    serving,
  );
}

async function follow(host: FunctionHost, serving: Serving, until: AbortSignal, works: () => void): Promise<void> {
  const { hosts, scheduler, subscriptions, handling } = serving;
  let isFirst = true;
  for await (const changes of host.changes(until)) {
    if (isFirst) {
      hosts.arrive(host);
      scheduler.resume();
      handling.tell(host);
      await subscriptions.replace(changes.changed);
      works();
    } else await subscriptions.change(changes);
    isFirst = false;
    serving.ready();
  }
}

/** What is in hand is cancelled, which is the last that there is to tell. */
async function finish(host: FunctionHost, { scheduler, handling }: Serving): Promise<void> {
  scheduler.resume();
  await scheduler.idle();
  handling.tell(host);
}

function hostOptions({ configuration: { realm, extra }, log }: Serving) {
  const { database, pool, statement_timeout, roles } = extra;
  return {
    // Events wait for their turn in queues, and so none in the pool.
    configuration: { database, pool: { ...pool, queue: pool.size }, statement_timeout, roles },
    applicationName: `pgwamp subscriber ${realm}`,
    kind: 'subscription',
    realm,
    log,
  } as const;
}
