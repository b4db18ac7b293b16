import type { Dict } from '@pgwamp/protocol';
import type { MatchPolicy } from '../matching/pattern-map.ts';
import type { Endpoint } from './endpoint.ts';
import { firstChoice, type InvocationPolicy } from './invocation-policy.ts';
import { WaitingCalls, type WaitingSpace } from './waiting-calls.ts';

/** A procedure, or a pattern of procedures, and the callees that implement it. All of them share its id. */
export class Registration {
  readonly id: number;
  readonly procedure: string;
  readonly match: MatchPolicy;
  readonly invoke: InvocationPolicy;
  readonly #created = Date.now();
  readonly #space: WaitingSpace;
  /** In the order of registration. */
  readonly #endpoints: Endpoint[] = [];
  #turn = 0;
  #waiting: WaitingCalls | undefined;

  constructor(id: number, procedure: string, match: MatchPolicy, invoke: InvocationPolicy, space: WaitingSpace) {
    this.id = id;
    this.procedure = procedure;
    this.match = match;
    this.invoke = invoke;
    this.#space = space;
  }

  get endpoints(): readonly Endpoint[] {
    return this.#endpoints;
  }

  /** Calls that wait for a callee with room; most registrations never have any. */
  get waiting(): WaitingCalls {
    this.#waiting ??= new WaitingCalls(this.#space);
    return this.#waiting;
  }

  get hasWaiting(): boolean {
    return this.#waiting !== undefined && this.#waiting.size > 0;
  }

  /** Makes the calls that wait for another registration wait for this one. */
  takeOver({ waiting }: Registration): void {
    this.#waiting = waiting;
  }

  /** The session ids of the callees, in the order of registration. */
  get callees(): readonly number[] {
    return this.#endpoints.map(({ callee }) => callee.id);
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

  /** The callee for the next call; `undefined` if all have as many as they take. */
  choose(): Endpoint | undefined {
    const count = this.#endpoints.length;
    const step = this.invoke === 'last' ? count - 1 : 1;
    let index = firstChoice[this.invoke](count, this.#turn);
    for (let tried = 0; tried < count; tried++) {
      const endpoint = this.#endpoints[index];
      if (endpoint?.hasRoom) {
        this.#turn = (index + 1) % count;
        return endpoint;
      }
      index = (index + step) % count;
    }
    return undefined;
  }

  add(endpoint: Endpoint): void {
    this.#endpoints.push(endpoint);
  }

  remove(endpoint: Endpoint): void {
    const index = this.#endpoints.indexOf(endpoint);
    if (index < 0) return;
    this.#endpoints.splice(index, 1);
    if (index < this.#turn) this.#turn--;
    if (this.#turn >= this.#endpoints.length) this.#turn = 0;
  }
}
