import type { Dict, Payload } from '@pgwamp/protocol';
import type { Session } from '../session/session.ts';

/** A publication that a session wants after its end. */
export interface Testament {
  readonly topic: string;
  readonly options: Dict;
  readonly payload: Payload;
  /** The approximate size in memory. */
  readonly bytes: number;
}

/** Without session resumption, both scopes are published at the end of the session, `detached` first. */
export const SCOPES = ['destroyed', 'detached'] as const;

export type Scope = (typeof SCOPES)[number];

type Buckets = Record<Scope, Testament[]>;

/**
 * The testaments of a realm's sessions. A session without testaments costs no memory here.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-session-testament
 */
export class Testaments {
  readonly #bySession = new Map<Session, Buckets>();

  countOf(session: Session): number {
    const buckets = this.#bySession.get(session);
    return buckets === undefined ? 0 : buckets.destroyed.length + buckets.detached.length;
  }

  bytesOf(session: Session): number {
    const { destroyed = [], detached = [] } = this.#bySession.get(session) ?? {};
    return [...destroyed, ...detached].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  add(session: Session, scope: Scope, testament: Testament): void {
    const buckets = this.#bySession.get(session) ?? { destroyed: [], detached: [] };
    buckets[scope].push(testament);
    this.#bySession.set(session, buckets);
  }

  flush(session: Session, scope: Scope): void {
    const buckets = this.#bySession.get(session);
    if (buckets === undefined) return;
    buckets[scope] = [];
    if (this.countOf(session) === 0) this.#bySession.delete(session);
  }

  /** Removes and returns the testaments of a session that has ended, in the order of publication. */
  take(session: Session): readonly Testament[] {
    const buckets = this.#bySession.get(session);
    if (buckets === undefined) return [];
    this.#bySession.delete(session);
    return [...buckets.detached, ...buckets.destroyed];
  }
}
