import {
  type Changeover,
  NotifySource,
  OutboxSource,
  type Source,
  WalSource,
  whenFree,
} from '@pgwamp/core/internal/sources';
import type { Serving } from './serve.ts';

/** Opens the source of the delivery in force. */
export async function openSource(serving: Serving, changeover: Changeover, stop: AbortSignal): Promise<Source> {
  const { connection, configuration, applicationName, slot, realm, delivery } = changeover;
  switch (delivery) {
    case 'wal':
      return whenFree(connection, slot, stop, () => WalSource.open(configuration, applicationName, slot));
    case 'outbox':
      return new OutboxSource(connection, configuration, applicationName, realm);
    case 'notify':
      return openNotifySource(serving, changeover);
  }
}

async function openNotifySource({ progress, log }: Serving, changeover: Changeover): Promise<Source> {
  const source = new NotifySource(changeover.configuration, changeover.applicationName, {
    dropped(count) {
      if (progress.dropped === 0)
        log.error('publications come faster than the router takes them: delivery notify drops');
      progress.dropped += count;
    },
    lost: (error) =>
      log.warn({ err: error }, 'LISTEN was interrupted: delivery notify misses what is published meanwhile'),
  });
  await source.listening;
  return source;
}
