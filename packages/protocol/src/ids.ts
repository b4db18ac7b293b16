import { randomFillSync } from 'node:crypto';

/** The largest WAMP id; one above `Number.MAX_SAFE_INTEGER`, and still exact. */
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

// One call into the operating system's generator per 512 ids: a publication needs one each.
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
 * An id of the global scope: drawn at random, uniformly from 1 to 2^53.
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
 * Ids of the session or router scope: 1, 2, 3, … and 1 again after 2^53.
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

  /** The id given out most recently, 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** The id that {@link next} gives out next. */
  get following(): number {
    return this.#last === MAX_ID ? 1 : this.#last + 1;
  }

  next(): number {
    this.#last = this.following;
    return this.#last;
  }
}
