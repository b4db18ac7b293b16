import { OnceAMinute } from '@pgwamp/core/internal/component';
import type { Source } from '@pgwamp/core/internal/pipeline';
import { type Delivery, whenFree } from '@pgwamp/core/internal/postgres';
import {
  NotifySource,
  OutboxSource,
  type Publication,
  parseNotification,
  parsePublication,
  publicationOutbox,
  WalSource,
  walMessages,
} from '@pgwamp/core/internal/sources';
import type { PublisherConfiguration } from './configuration.ts';
import type { PublisherContext } from './context.ts';

/** The name of the prefix in the write-ahead log, of the NOTIFY channel, and of PostgreSQL's publication. */
const name = 'crossbar';
/** Size limit of a message in bytes if the transport has none: the default limit of the router. */
const defaultLimit = 16 * 1024 * 1024;

/** Opens the source for the delivery in force. */
export async function openSource(
  context: PublisherContext,
  delivery: Delivery,
  slot: string,
  stop: AbortSignal,
): Promise<Source<Publication>> {
  switch (delivery) {
    case 'wal':
      return openWalSource(context, slot, stop);
    case 'outbox':
      return openOutboxSource(context);
    case 'notify':
      return openNotifySource(context);
  }
}

/** Opens the replication slot. Waits while another process reads it. */
export function openWalSource(
  { connection, configuration, applicationName, log }: PublisherContext,
  slot: string,
  stop: AbortSignal,
): Promise<WalSource<Publication>> {
  const decoders = [walMessages([name], parsePublication)];
  const { database } = configuration.extra;
  const remarks = new OnceAMinute();
  const busy = () => {
    if (remarks.pass('') !== undefined) log.info({ slot }, 'waiting: PostgreSQL decodes a large transaction');
  };
  const limit = limitOf(configuration);
  const options = { database, applicationName, slot, publications: [name], decoders, limit, control: connection, busy };
  return whenFree(connection, slot, stop, () => WalSource.open(options));
}

/** Opens the table `crossbar.outbox`. */
export function openOutboxSource({
  connection,
  configuration,
  notifications,
}: PublisherContext): OutboxSource<Publication> {
  return new OutboxSource({
    connection,
    notifications,
    table: publicationOutbox(configuration.realm),
    parse: parsePublication,
    limit: limitOf(configuration),
  });
}

async function openNotifySource(context: PublisherContext): Promise<NotifySource<Publication>> {
  const { notifications, state, log } = context;
  const source = new NotifySource({
    notifications,
    channel: name,
    parse: parseNotification,
    dropped(count) {
      if (state.dropped === 0)
        log.error('publications arrive faster than the router accepts them: delivery notify drops some');
      state.dropped += count;
    },
  });
  await source.listening;
  return source;
}

/** Size limit of a publication in bytes. A larger one is not read, because the session would not send it. */
function limitOf({ transport }: PublisherConfiguration): number {
  return 'options' in transport ? transport.options.max_message_size : defaultLimit;
}
