/**
 * The signal SIGHUP, which asks a node to read its configuration again. Without a listener it would end the process, so
 * this listens from the start, and remembers a signal until the node can reload.
 */
export class Hangups {
  #reload: (() => void) | undefined;
  #isPending = false;

  constructor() {
    process.on('SIGHUP', () => {
      if (this.#reload) this.#reload();
      else this.#isPending = true;
    });
  }

  /** Calls `reload` for every signal, and for those before. */
  handle(reload: () => void): void {
    this.#reload = reload;
    if (this.#isPending) reload();
    this.#isPending = false;
  }
}
