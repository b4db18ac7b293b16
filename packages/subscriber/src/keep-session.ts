import { type EndpointSession, openSession } from '@pgwamp/core/internal/wamp';
import { keep } from './keep.ts';
import type { Serving } from './serve.ts';

/** Milliseconds between two tries of subscriptions that the router has refused. */
const retryInterval = 1000;

/** Keeps a session, and the subscriptions in it, until told to stop. */
export function keepSession(serving: Serving, until: AbortSignal): Promise<void> {
  const { configuration, queue, subscriptions, log } = serving;
  const onError = (error: unknown, message: string) => log.error({ err: error }, message);
  return keep(
    async (works) => {
      await using session = await openSession({ ...configuration, onError });
      serving.session = { id: session.id };
      queue.attach(session);
      try {
        await attend(session, serving, until, works);
      } finally {
        serving.session = undefined;
        subscriptions.leave();
        // What is paused would not hear the answer to GOODBYE.
        session.resume();
      }
    },
    until,
    serving,
  );
}

/** @throws why the session was lost. */
async function attend(
  session: EndpointSession,
  serving: Serving,
  until: AbortSignal,
  works: () => void,
): Promise<void> {
  const { subscriptions } = serving;
  await subscriptions.join(session);
  session.lost.throwIfAborted();
  works();
  serving.ready();
  using _retrying = retry(serving);
  await aborted(AbortSignal.any([until, session.lost]));
  if (!until.aborted) session.lost.throwIfAborted();
}

/** Asks the router again and again for what it has refused, until disposed of. */
function retry({ subscriptions, ready }: Serving): Disposable {
  // What the host asked for meanwhile may have been waiting for the same answers.
  const timer = setInterval(() => subscriptions.retry().then(ready), retryInterval);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
