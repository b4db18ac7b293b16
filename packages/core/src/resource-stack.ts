type Resource = AsyncDisposable | Disposable;

/**
 * Resources that are released together, the last one first. It is the part of the standard's `AsyncDisposableStack` that components
 * need: Node.js 22 has no such class.
 *
 * @example
 * ```ts
 * await using stack = new ResourceStack();
 * const connection = stack.use(await Connection.open(database, 'orders'));
 * await prepare(connection); // if it throws, the connection is closed
 * return new Reader(connection, stack.move());
 * ```
 */
export class ResourceStack implements AsyncDisposable {
  #releases: (() => unknown)[] = [];
  #isDisposed = false;

  /** Adds a resource, which it gives back. */
  use<Added extends Resource>(resource: Added): Added {
    this.defer(() => (Symbol.asyncDispose in resource ? resource[Symbol.asyncDispose]() : resource[Symbol.dispose]()));
    return resource;
  }

  /** Adds what is done at the end. */
  defer(release: () => unknown): void {
    if (this.#isDisposed) throw new ReferenceError('the stack is disposed already');
    this.#releases.push(release);
  }

  /** Another stack with all that is in this one, which releases nothing any more. */
  move(): ResourceStack {
    const moved = new ResourceStack();
    for (const release of this.#releases.splice(0)) moved.defer(release);
    this.#isDisposed = true;
    return moved;
  }

  /**
   * Releases everything, also if some of it fails.
   *
   * @throws what a release has thrown; `AggregateError` if several have.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    const failures: unknown[] = [];
    for (const release of this.#releases.splice(0).toReversed()) {
      try {
        await release();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, 'several resources could not be released');
  }
}
