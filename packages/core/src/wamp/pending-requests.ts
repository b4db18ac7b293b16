import type { TextCalls } from './incoming.ts';

/** Receives progressive results, as text or as values. */
export type OnProgress = (progress: unknown) => void;

/** A request that waits for its answer. A class, because a fast publisher creates one for every message. */
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
 * The pending requests, by id. Ids are consecutive, so each has its own place in a fixed list. A Map would be
 * reallocated repeatedly when entries are added and removed at the same rate. If a request waits so long that a later
 * one has the same place, the later one is stored in a Map.
 */
export class PendingRequests {
  /** The calls whose results remain text. */
  readonly textCalls: TextCalls & { size: number } = { size: 0, has: (id) => this.get(id)?.keepsText === true };
  readonly #placed: (PendingRequest | undefined)[] = Array.from({ length: places }, () => undefined);
  readonly #others = new Map<number, PendingRequest>();
  #count = 0;

  /** Number of pending requests. */
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

  /** Removes a request and returns it; undefined if it was not pending. */
  take(id: number): PendingRequest | undefined {
    const request = this.get(id);
    if (request === undefined) return undefined;
    if (!this.#others.delete(id)) this.#placed[id % places] = undefined;
    this.#count -= 1;
    if (request.keepsText) this.textCalls.size -= 1;
    return request;
  }

  /** Removes all requests and returns them. */
  takeAll(): readonly PendingRequest[] {
    const waiting = [...this.#placed, ...this.#others.values()].filter((request) => request !== undefined);
    for (const { id } of waiting) this.take(id);
    return waiting.sort((one, other) => one.id - other.id);
  }
}
