import { isIPv6 } from 'node:net';

/** Addresses that are remembered; of more, the one that has not failed for longest is forgotten. */
const defaultAddresses = 10_000;

const minute = 60_000;

/** What {@link FailedAttempts} allows. */
export interface FailedAttemptsOptions {
  /** Failures of one address in a row; as many more become possible within a minute. */
  readonly perMinute: number;
  /** Addresses that are remembered. Default 10,000. */
  readonly addresses?: number;
  /** Milliseconds that only grow. Default `performance.now`. */
  readonly now?: () => number;
}

interface Entry {
  /** Failures that count at the time `at`. */
  readonly failures: number;
  readonly at: number;
}

/**
 * Failed authentications by address, so that nobody guesses secrets without end: an address that has failed too often is
 * refused without a look at what it shows, until a failure of it is forgotten. Other addresses do not notice.
 *
 * @example
 * ```ts
 * const failures = new FailedAttempts({ perMinute: 10 });
 * if (failures.pause(address) > 0) return refuse('too many failed attempts');
 * if (!isRight(password)) failures.add(address);
 * ```
 */
export class FailedAttempts {
  readonly #perMinute: number;
  readonly #addresses: number;
  readonly #now: () => number;
  /** The address that has failed last is the last one. */
  readonly #entries = new Map<string, Entry>();

  constructor({ perMinute, addresses = defaultAddresses, now = () => performance.now() }: FailedAttemptsOptions) {
    this.#perMinute = perMinute;
    this.#addresses = addresses;
    this.#now = now;
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#entries.size;
  }

  /** Milliseconds until an address may try again; 0 for now. */
  pause(address: string): number {
    const excess = this.#failuresOf(networkOf(address)) - (this.#perMinute - 1);
    return excess > 0 ? Math.ceil((excess * minute) / this.#perMinute) : 0;
  }

  /** Counts a failure. */
  add(address: string): void {
    const network = networkOf(address);
    const entry = { failures: this.#failuresOf(network) + 1, at: this.#now() };
    this.#entries.delete(network);
    this.#entries.set(network, entry);
    if (this.#entries.size <= this.#addresses) return;
    const [oldest = ''] = this.#entries.keys();
    this.#entries.delete(oldest);
  }

  #failuresOf(network: string): number {
    const entry = this.#entries.get(network);
    if (entry === undefined) return 0;
    const forgotten = ((this.#now() - entry.at) * this.#perMinute) / minute;
    return Math.max(0, entry.failures - forgotten);
  }
}

/** Of IPv6 the first half: whoever has one address usually has 2^64 of them. */
function networkOf(address: string): string {
  if (address.startsWith('::ffff:')) return address.slice('::ffff:'.length);
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const [before, after] = [head, tail ?? ''].map((part) => (part === '' ? [] : part.split(':')));
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - (before?.length ?? 0) - (after?.length ?? 0));
  return [...(before ?? []), ...Array<string>(zeros).fill('0'), ...(after ?? [])].slice(0, 4).join(':');
}
