import { Connection } from '@pgwamp/core/internal/postgres';
import type { ProxyContext } from './context.ts';

/** Milliseconds between two looks. */
const interval = 100;

/**
 * Keeps a connection with a certain application_name, as long as what is notified gets through: `send_message` of pg-event-proxy notifies if
 * there is one, else it keeps the message in its table. It is open only while every channel is listened to and every broker is connected.
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
