import type { ForeignSession } from '../config/index.ts';
import { SessionLostError, WampError } from '../errors.ts';
import { parsePart } from '../json.ts';
import { AutobahnError } from './autobahn.ts';
import type { Acknowledgement } from './session.ts';

/** Milliseconds between two looks at whether the session is still open: AutobahnJS tells only the owner of its connection. */
const lookInterval = 200;

/**
 * An AutobahnJS session that the application owns, used for publishing. Payload is parsed and serialised again, by whatever
 * serializer the session has; with JSON no digit is lost.
 */
export class BorrowedSession implements AsyncDisposable {
  readonly id: number;
  readonly lost: AbortSignal;
  readonly #session: ForeignSession;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;

  /** @throws `SessionLostError` if the session is not open. */
  constructor(session: ForeignSession) {
    if (!session.isOpen || session.id === null)
      throw new SessionLostError('the session of the application is not open');
    this.#session = session;
    this.id = session.id;
    this.lost = this.#lost.signal;
    this.#timer = setInterval(() => this.#look(), lookInterval);
  }

  /** As {@link Session.publishText}. */
  async publishText(options: string, topic: string, args: string, kwargs: string): Promise<Acknowledgement> {
    this.#look();
    this.lost.throwIfAborted();
    const publication = this.#session.publish(
      topic,
      args === '' ? undefined : (parsePart('args', args) as unknown[]),
      kwargs === '' ? undefined : (parsePart('kwargs', kwargs) as object),
      { ...(options !== '' && (parsePart('options', options) as object)), acknowledge: true },
    );
    return this.#answer(publication);
  }

  /** Leaves the session to its owner. */
  async leave(): Promise<void> {
    clearInterval(this.#timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }

  #look(): void {
    if (this.#session.isOpen && this.#session.id === this.id) return;
    clearInterval(this.#timer);
    this.#lost.abort(new SessionLostError('the session of the application was closed'));
  }

  async #answer(publication: PromiseLike<Acknowledgement> | undefined): Promise<Acknowledgement> {
    const { promise, reject } = Promise.withResolvers<never>();
    const lose = () => reject(this.lost.reason);
    this.lost.addEventListener('abort', lose, { once: true });
    try {
      return await Promise.race([publication ?? promise, promise]);
    } catch (error) {
      if (error instanceof AutobahnError) throw new WampError(error.error, error.args, error.kwargs);
      throw error;
    } finally {
      this.lost.removeEventListener('abort', lose);
    }
  }
}
