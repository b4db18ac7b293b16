import type { Joined } from './join.ts';
import type { PeerContext } from './peer-context.ts';
import type { SessionEndCause } from './session-end.ts';

/** Takes a session out of its realm, and tells the application why. */
export function leave({ session, realm }: Joined, context: PeerContext, cause: SessionEndCause, message: string): void {
  realm.leave(session);
  context.counters.ended[cause]++;
  const { authid, authrole } = session.identity;
  context.onSessionEnd({ realm: realm.name, session: session.id, authid, authrole, cause, message });
}
