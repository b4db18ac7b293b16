import type { Joined } from './join.ts';
import type { PeerContext } from './peer-context.ts';
import type { SessionEndCause } from './session-end.ts';

/** Takes a session out of its realm, and tells the application why. */
export function leave({ session, realm }: Joined, context: PeerContext, cause: SessionEndCause, message: string): void {
  try {
    realm.leave(session);
  } catch (error) {
    // Nothing above could take it: a connection that closes would take the process down with it.
    context.onError(error as Error);
  }
  context.counters.ended[cause]++;
  const { authid, authrole } = session.identity;
  context.onSessionEnd({ realm: realm.name, session: session.id, authid, authrole, cause, message });
}
