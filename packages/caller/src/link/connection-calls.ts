import type { Call } from './call.ts';
import { CallSet } from './call-set.ts';
import { LinkFault } from './link-fault.ts';
import { OngoingCall } from './ongoing-call.ts';
import type { CallRequest, EachRequest, Request } from './request.ts';
import type { Row } from './row.ts';

/**
 * Milliseconds between two looks at what is asked. What was asked at the one before is answered with `pending`, so within two of them: before
 * PostgreSQL 17 a backend that waits for an answer of dblink heeds no cancel. To set a timer for each request would cost more than to
 * answer it.
 */
const lookInterval = 50;

/** Calls that one connection may have open; a backend has one, and one for each stream that it reads. */
const maxCalls = 1000;

const pending: Row = { kind: 'pending', payload: null, args: null, kwargs: null };
const canceled: Row = { kind: 'end', payload: null, args: null, kwargs: null };

/** The calls of one connection. Every request is answered soon: by one row, or by those of a set that have come. */
export class ConnectionCalls {
  readonly #call: Call;
  readonly #reply: (rows: readonly Row[]) => void;
  readonly #calls = new Map<number, OngoingCall | CallSet>();
  /** What is to be answered. */
  #asked: { readonly id: number; readonly call: OngoingCall | CallSet } | undefined;
  /** What was asked at the last look. */
  #seen: object | undefined;
  #looking = false;
  readonly #timer: NodeJS.Timeout;

  /** @param reply takes the rows for the request that was made last. */
  constructor(call: Call, reply: (rows: readonly Row[]) => void) {
    this.#call = call;
    this.#reply = reply;
    this.#timer = setTimeout(() => this.#look(), lookInterval).unref();
  }

  /**
   * Answers a request, now or later; none may be made before the one before it is answered.
   *
   * @throws `LinkFault` if there is no such call, or too many are open.
   */
  answer(request: Request): void {
    if (request.kind === 'call' || request.kind === 'each') this.#ask(request.id, this.#begin(request));
    else if (request.kind === 'cancel') this.#cancel(request.id);
    else this.#ask(request.id, this.#find(request.id));
  }

  /** Whether no call is open. */
  get idle(): boolean {
    return this.#calls.size === 0;
  }

  /** Cancels all calls; nothing is answered any more. */
  close(reason: string): void {
    this.#asked = undefined;
    clearTimeout(this.#timer);
    for (const call of this.#calls.values()) call.cancel(reason);
    this.#calls.clear();
  }

  #begin(request: CallRequest | EachRequest): OngoingCall | CallSet {
    const { id } = request;
    if (this.#calls.has(id)) throw new LinkFault('42710', `there is a call ${id} on this connection already`);
    if (this.#calls.size >= maxCalls) throw new LinkFault('53400', `there are ${maxCalls} calls on this connection`);
    const call = request.kind === 'each' ? new CallSet(request, this.#call) : new OngoingCall(request, this.#call);
    call.onrow = () => this.#onrow(id, call);
    this.#calls.set(id, call);
    return call;
  }

  #find(id: number): OngoingCall | CallSet {
    const call = this.#calls.get(id);
    if (!call) throw new LinkFault('42704', `there is no call ${id} on this connection`);
    return call;
  }

  #ask(id: number, call: OngoingCall | CallSet): void {
    this.#asked = { id, call };
    this.#onrow(id, call);
    if (this.#asked && !this.#looking) this.#lookLater();
  }

  #onrow(id: number, call: OngoingCall | CallSet): void {
    if (call.forgotten) this.#calls.delete(id);
    if (this.#asked?.call !== call) return;
    const rows = call.take();
    if (!rows) return;
    if (call.finished) this.#calls.delete(id);
    this.#tell(rows);
  }

  #cancel(id: number): void {
    this.#calls.get(id)?.cancel('the database has cancelled the call');
    this.#calls.delete(id);
    this.#tell([canceled]);
  }

  #look(): void {
    this.#looking = false;
    if (this.#asked && this.#asked === this.#seen) this.#tell([...this.#asked.call.soFar(), pending]);
    if (this.#asked && !this.#looking) this.#lookLater();
  }

  #lookLater(): void {
    this.#looking = true;
    this.#seen = this.#asked;
    this.#timer.refresh();
  }

  #tell(rows: readonly Row[]): void {
    this.#asked = undefined;
    this.#reply(rows);
  }
}
