import type { TextCalls } from './incoming.ts';

/** Receives progressive results, as text or as values. */
export type OnProgress = (progress: unknown) => void;

/** A request that waits for its answer; a class, since there is one for every message of a fast publisher. */
export class PendingRequest {
  readonly id: number;
  readonly promise: Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: OnProgress | undefined;
  readonly keepsText: boolean;

  constructor(id: number, onProgress: OnProgress | undefined, keepsText: boolean) {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.id = id;
    this.promise = promise;
    this.resolve = resolve;
    this.reject = reject;
    this.onProgress = onProgress;
    this.keepsText = keepsText;
  }
}

/** A power of 2. */
const places = 1024;

/**
 * The requests that wait, by their ids. Ids rise by one, so that each finds a place of its own in a list: a Map, to which as many are added as are
 * taken away, is made anew again and again. Where one waits for so long that a later one comes to its place, that one is in a Map.
 */
export class PendingRequests {
  /** The calls whose results stay text. */
  readonly textCalls: TextCalls & { size: number } = { size: 0, has: (id) => this.get(id)?.keepsText === true };
  readonly #placed: (PendingRequest | undefined)[] = Array.from({ length: places }, () => undefined);
  readonly #others = new Map<number, PendingRequest>();
  #count = 0;

  /** How many wait. */
  get count(): number {
    return this.#count;
  }

  add(request: PendingRequest): void {
    const place = request.id % places;
    if (this.#placed[place]) this.#others.set(request.id, request);
    else this.#placed[place] = request;
    this.#count += 1;
    if (request.keepsText) this.textCalls.size += 1;
  }

  get(id: number): PendingRequest | undefined {
    const placed = this.#placed[id % places];
    return placed?.id === id ? placed : this.#others.get(id);
  }

  /** Waits no longer for a request; it is undefined if it did not wait. */
  take(id: number): PendingRequest | undefined {
    const request = this.get(id);
    if (request === undefined) return undefined;
    if (!this.#others.delete(id)) this.#placed[id % places] = undefined;
    this.#count -= 1;
    if (request.keepsText) this.textCalls.size -= 1;
    return request;
  }

  /** Waits for none any longer. */
  takeAll(): readonly PendingRequest[] {
    const waiting = [...this.#placed, ...this.#others.values()].filter((request) => request !== undefined);
    for (const { id } of waiting) this.take(id);
    return waiting.sort((one, other) => one.id - other.id);
  }
}
