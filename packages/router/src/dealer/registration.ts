import type { Dict } from '@pgwamp/protocol';
import type { MatchPolicy } from '../matching/pattern-map.ts';
import type { Session } from '../session/session.ts';

/**
 * The rule that chooses a callee for each call.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-shared-registration
 */
export type InvocationPolicy = 'single' | 'first' | 'last' | 'roundrobin' | 'random';

/** The options of a callee in REGISTER. */
export interface CalleeOptions {
  /** The limit of concurrent invocations; infinity without a limit. */
  readonly concurrency: number;
  readonly disclosesCaller: boolean;
  /** Whether the callee itself enforces the timeouts of its calls. */
  readonly forwardsTimeout: boolean;
}

/** One callee of a registration. */
export class CalleeEntry {
  readonly registration: Registration;
  readonly callee: Session;
  readonly options: CalleeOptions;
  readonly isLimited: boolean;
  /** The number of unanswered invocations, counted only if they are limited. */
  busy = 0;

  constructor(registration: Registration, callee: Session, options: CalleeOptions) {
    this.registration = registration;
    this.callee = callee;
    this.options = options;
    this.isLimited = options.concurrency !== Number.POSITIVE_INFINITY;
  }
}

/** A procedure, or a pattern of procedures, and its callees. All callees share its id. */
export class Registration {
  readonly id: number;
  readonly procedure: string;
  readonly match: MatchPolicy;
  readonly invoke: InvocationPolicy;
  readonly #created = Date.now();
  /** In the order of registration. */
  readonly #callees: CalleeEntry[] = [];
  /** The index of the next callee for `roundrobin`. */
  #turn = 0;

  constructor(id: number, procedure: string, match: MatchPolicy, invoke: InvocationPolicy) {
    this.id = id;
    this.procedure = procedure;
    this.match = match;
    this.invoke = invoke;
  }

  get callees(): readonly CalleeEntry[] {
    return this.#callees;
  }

  /**
   * RegistrationDetails of the meta API.
   *
   * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-reg-metapi
   */
  get details(): Dict {
    const { id, match, invoke, procedure } = this;
    return { id, created: new Date(this.#created).toISOString(), uri: procedure, match, invoke };
  }

  /** The callee for the next call; `undefined` if all callees are at their limit. */
  choose(): CalleeEntry | undefined {
    const { length } = this.#callees;
    let index = 0;
    if (this.invoke === 'last') index = length - 1;
    else if (this.invoke === 'roundrobin') index = this.#turn;
    else if (this.invoke === 'random') index = Math.floor(Math.random() * length);
    const step = this.invoke === 'last' ? length - 1 : 1;
    for (let tried = 0; tried < length; tried++) {
      const entry = this.#callees[index];
      if (entry !== undefined && entry.busy < entry.options.concurrency) {
        this.#turn = (index + 1) % length;
        return entry;
      }
      index = (index + step) % length;
    }
    return undefined;
  }

  add(entry: CalleeEntry): void {
    this.#callees.push(entry);
  }

  remove(entry: CalleeEntry): void {
    const index = this.#callees.indexOf(entry);
    if (index < 0) return;
    this.#callees.splice(index, 1);
    if (index < this.#turn) this.#turn--;
    if (this.#turn >= this.#callees.length) this.#turn = 0;
  }
}
