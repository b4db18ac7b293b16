import { SessionLostError, WampError } from '../errors.ts';

/** Told when the router ends a registration or a subscription by itself. */
export type OnRevoked = (reason: unknown) => void;

const goneErrors: ReadonlySet<string> = new Set(['wamp.error.no_such_registration', 'wamp.error.no_such_subscription']);

/** What ends a registration or a subscription: once, however often it is called, and done as well if there is nothing to end any more. */
export function endOnce(end: () => PromiseLike<unknown>): () => Promise<void> {
  let ending: Promise<void> | undefined;
  return () => {
    ending ??= endUnlessGone(end);
    return ending;
  };
}

async function endUnlessGone(end: () => PromiseLike<unknown>): Promise<void> {
  try {
    await end();
  } catch (error) {
    const isGone = error instanceof SessionLostError || (error instanceof WampError && goneErrors.has(error.error));
    if (!isGone) throw error;
  }
}
