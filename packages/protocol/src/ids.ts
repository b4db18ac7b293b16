import { randomFillSync } from 'node:crypto';

/** The largest WAMP id. It is `Number.MAX_SAFE_INTEGER` plus one, which a number still represents exactly. */
const MAX_ID = 2 ** 53;

/**
 * Whether a value is a WAMP id: an integer from 1 to 2^53.
 *
 * @example
 * ```ts
 * isId(1); // true
 * isId(0); // false
 * ```
 */
export function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_ID;
}

// The pool saves system calls: each publication needs an id, and one call fills 512 of them.
const pool = new Uint32Array(1024);
let used = pool.length;

function randomWord(): number {
  if (used >= pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return pool[used++] ?? 0;
}

/**
 * An id of the global scope: a random integer, uniformly distributed from 1 to 2^53.
 *
 * @example
 * ```ts
 * const session = randomId(); // for example 4821396052817413
 * ```
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#ids
 */
export function randomId(): number {
  const high = randomWord() >>> 11;
  return high * 2 ** 32 + randomWord() + 1;
}

/**
 * Ids of the session scope or router scope: 1, 2, 3, … up to 2^53, then 1 again.
 *
 * @example
 * ```ts
 * const requests = new IdSequence();
 * requests.next(); // 1
 * requests.next(); // 2
 * requests.last; // 2
 * ```
 */
export class IdSequence {
  #last = 0;

  /** The id that was returned most recently; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  next(): number {
    this.#last = this.#last === MAX_ID ? 1 : this.#last + 1;
    return this.#last;
  }
}
