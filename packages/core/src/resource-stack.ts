type Resource = AsyncDisposable | Disposable;

/**
 * A stack of resources that are released together, in reverse order. It implements the parts of the standard
 * `AsyncDisposableStack` that components need, because Node.js 22 does not have this class.
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

  /** Adds a resource and returns it. */
  use<Added extends Resource>(resource: Added): Added {
    this.defer(() => (Symbol.asyncDispose in resource ? resource[Symbol.asyncDispose]() : resource[Symbol.dispose]()));
    return resource;
  }

  /** Adds a function that is called at the end. */
  defer(release: () => unknown): void {
    if (this.#isDisposed) throw new ReferenceError('the stack is disposed already');
    this.#releases.push(release);
  }

  /** Moves all resources to a new stack. This one then releases nothing. */
  move(): ResourceStack {
    const moved = new ResourceStack();
    for (const release of this.#releases.splice(0)) moved.defer(release);
    this.#isDisposed = true;
    return moved;
  }

  /**
   * Releases all resources, even if some releases fail.
   *
   * @throws the error of a release, or `AggregateError` for several errors.
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
