import { isIPv6 } from 'node:net';

/** Number of addresses to remember. If there are more, the address whose last failure is oldest is forgotten. */
const defaultAddresses = 10_000;

const minute = 60_000;

/** Options of {@link FailedAttempts}. */
export interface FailedAttemptsOptions {
  /** Number of consecutive failures allowed for one address. After that, this many attempts per minute are allowed. */
  readonly perMinute: number;
  /** Number of addresses to remember. Default 10,000. */
  readonly addresses?: number;
  /** A monotonic clock in milliseconds. Default `performance.now`. */
  readonly now?: () => number;
}

interface Entry {
  /** Number of failures that counted at the time `at`. */
  readonly failures: number;
  readonly at: number;
}

/**
 * Counts failed authentications by address, to prevent guessing of secrets. An address with too many failures is
 * refused without checking its credentials, until one of its failures expires. Other addresses are not affected.
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
  /** Entries in the order of the last failure, the oldest first. */
  readonly #entries = new Map<string, Entry>();

  constructor({ perMinute, addresses = defaultAddresses, now = () => performance.now() }: FailedAttemptsOptions) {
    this.#perMinute = perMinute;
    this.#addresses = addresses;
    this.#now = now;
  }

  /** Number of remembered addresses. */
  get size(): number {
    return this.#entries.size;
  }

  /** Milliseconds until an address may try again; 0 if it may try now. */
  pause(address: string): number {
    const excess = this.#failuresOf(networkOf(address)) - (this.#perMinute - 1);
    return excess > 0 ? Math.ceil((excess * minute) / this.#perMinute) : 0;
  }

  /** Counts a failure of an address. */
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

/** For IPv6, only the first half of the address counts, because a client usually has 2^64 addresses. */
function networkOf(address: string): string {
  if (address.startsWith('::ffff:')) return address.slice('::ffff:'.length);
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const [before, after] = [head, tail ?? ''].map((part) => (part === '' ? [] : part.split(':')));
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - (before?.length ?? 0) - (after?.length ?? 0));
  return [...(before ?? []), ...Array<string>(zeros).fill('0'), ...(after ?? [])].slice(0, 4).join(':');
}
