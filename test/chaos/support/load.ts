/** Work that goes on until it is stopped, or something goes wrong. */
export abstract class Load implements AsyncDisposable {
  /** Rejects with what went wrong, as soon as it goes wrong. */
  readonly running: Promise<void>;
  protected isStopped = false;

  /** @param work looks at `isStopped` again and again; it begins when the object is made. */
  protected constructor(work: () => Promise<void>) {
    this.running = Promise.resolve().then(work);
    // Told by stop().
    this.running.catch(() => undefined);
  }

  /** Ends after what is under way. @throws what went wrong */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isStopped = true;
    await this.running.catch(() => undefined);
  }
}
