import type { Session } from '../session/session.ts';

// A caller that learns of the end sends no more, and so never takes its request out of here.
const MOST = 1024;

/**
 * Progressive calls that were over before their callers had sent all of them. What was under way then is not to be
 * taken for a new call.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-progressive-call-invocations
 */
export class EndedStreams {
  readonly #byCaller = new Map<Session, Set<number>>();

  add(caller: Session, request: number): void {
    const own = this.#byCaller.get(caller) ?? new Set();
    if (own.size === 0) this.#byCaller.set(caller, own);
    own.add(request);
    if (own.size <= MOST) return;
    for (const oldest of own) {
      own.delete(oldest);
      return;
    }
  }

  has(caller: Session, request: number): boolean {
    return this.#byCaller.size > 0 && (this.#byCaller.get(caller)?.has(request) ?? false);
  }

  /** The caller has sent the last of it. */
  delete(caller: Session, request: number): void {
    this.#byCaller.get(caller)?.delete(request);
  }

  forget(caller: Session): void {
    this.#byCaller.delete(caller);
  }
}
