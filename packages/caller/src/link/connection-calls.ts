import type { Call } from './call.ts';
import { CallSet } from './call-set.ts';
import { LinkFault } from './link-fault.ts';
import { OngoingCall } from './ongoing-call.ts';
import type { CallRequest, EachRequest, Request } from './request.ts';
import type { Row } from './row.ts';

/**
 * Milliseconds between two checks of the pending request. A request that was already pending at the previous check is
 * answered with `pending`, so it is answered within two intervals. This matters because before PostgreSQL 17, a backend
 * that waits for an answer of dblink does not react to a cancellation. A separate timer for each request would cost
 * more than answering it.
 */
const lookInterval = 50;

/** Maximum number of open calls of one connection. A backend has one, and one for each stream that it reads. */
const maxCalls = 1000;

const pending: Row = { kind: 'pending', payload: null, args: null, kwargs: null };
const canceled: Row = { kind: 'end', payload: null, args: null, kwargs: null };

/** The calls of one connection. Every request is answered soon, either by one row or by the available rows of a set. */
export class ConnectionCalls {
  readonly #call: Call;
  readonly #reply: (rows: readonly Row[]) => void;
  readonly #calls = new Map<number, OngoingCall | CallSet>();
  /** The pending request. */
  #pending: { readonly id: number; readonly call: OngoingCall | CallSet } | undefined;
  /** The pending request at the previous check. */
  #seen: object | undefined;
  #looking = false;
  readonly #timer: NodeJS.Timeout;

  /** @param reply sends the rows for the pending request. */
  constructor(call: Call, reply: (rows: readonly Row[]) => void) {
    this.#call = call;
    this.#reply = reply;
    this.#timer = setTimeout(() => this.#look(), lookInterval).unref();
  }

  /**
   * Answers a request, immediately or later. The next request may only be made after the answer.
   *
   * @throws `LinkFault` if there is no such call, or too many are open.
   */
  answer(request: Request): void {
    const { id, kind } = request;
    if (kind === 'cancel') {
      this.#cancel(id);
      return;
    }
    const call = kind === 'call' || kind === 'each' ? this.#begin(request) : this.#find(id);
    this.#pending = { id, call };
    this.#onrow(id, call);
    if (this.#pending && !this.#looking) this.#lookLater();
  }

  /** Whether no call is open. */
  get idle(): boolean {
    return this.#calls.size === 0;
  }

  /** Cancels all calls. Nothing is answered any more. */
  close(reason: string): void {
    this.#pending = undefined;
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

  #onrow(id: number, call: OngoingCall | CallSet): void {
    if (call.forgotten) this.#calls.delete(id);
    if (this.#pending?.call !== call) return;
    const rows = call.take();
    if (!rows) return;
    if (call.finished) this.#calls.delete(id);
    this.#answer(rows);
  }

  #cancel(id: number): void {
    this.#calls.get(id)?.cancel('the database has cancelled the call');
    this.#calls.delete(id);
    this.#answer([canceled]);
  }

  #look(): void {
    this.#looking = false;
    if (this.#pending && this.#pending === this.#seen) this.#answer([...this.#pending.call.soFar(), pending]);
    if (this.#pending && !this.#looking) this.#lookLater();
  }

  #lookLater(): void {
    this.#looking = true;
    this.#seen = this.#pending;
    this.#timer.refresh();
  }

  #answer(rows: readonly Row[]): void {
    this.#pending = undefined;
    this.#reply(rows);
  }
}
