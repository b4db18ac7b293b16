import { Connection } from '@pgwamp/core/internal/postgres';
import type { ProxyContext } from './context.ts';

/** Interval in milliseconds between two checks. */
const interval = 100;

/**
 * Keeps a connection with a certain application_name open while notifications are delivered: `send_message` of
 * pg-event-proxy uses NOTIFY if such a connection exists, and otherwise stores the message in its table. The connection
 * is open only while the Proxy listens to every channel and every broker is connected.
 */
export function announcePresence({ configuration, state, log }: ProxyContext, isReady: () => boolean): AsyncDisposable {
  const { presence, database } = configuration.extra;
  if (presence === undefined) return { [Symbol.asyncDispose]: async () => undefined };
  const stop = new AbortController();
  const hasChannels = Object.values(configuration.extra.sources).some(({ kind }) => kind === 'channel');
  const isWanted = () => !stop.signal.aborted && isReady() && (state.isListening || !hasChannels);
  let connection: Connection | undefined;
  const look = async () => {
    if (connection?.lost.aborted) connection = undefined;
    if (isWanted() && !connection) connection = await Connection.open(database, presence);
    if (!isWanted() && connection) {
      await connection.close();
      connection = undefined;
    }
  };
  const run = async () => {
    while (!stop.signal.aborted) {
      await look().catch((error: unknown) => log.warn({ err: error }, 'presence cannot be announced: %s', presence));
      await new Promise((resolve) => {
        setTimeout(resolve, interval);
        stop.signal.addEventListener('abort', resolve, { once: true });
      });
    }
    await look();
  };
  const running = run();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
