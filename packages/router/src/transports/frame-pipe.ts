/** The receiving end of a {@link FramePipe}. */
export interface PipeSink {
  frame(frame: string): void;
  /** A turn has delivered its frames. */
  turned(): void;
  drained(): void;
  end(code: number, reason: string): void;
}

/** The limit of frames that one turn of the event loop delivers, so that sockets are served in between. */
export interface PipeTurn {
  readonly frames: number;
  /** In characters. */
  readonly size: number;
}

/** One direction of an in-memory connection: a queue that is delivered in turns of the event loop. */
export class FramePipe {
  readonly #sink: PipeSink;
  readonly #turn: PipeTurn;
  #queue: string[] = [];
  #next = 0;
  #size = 0;
  #end: { readonly code: number; readonly reason: string } | undefined;
  #ended = false;
  #paused = false;
  /** Whether the sink has not yet been notified that queued frames were taken. */
  #owesDrain = false;
  #scheduled = false;

  constructor(sink: PipeSink, turn: PipeTurn) {
    this.#sink = sink;
    this.#turn = turn;
  }

  /** The number of queued characters. */
  get size(): number {
    return this.#size;
  }

  push(frame: string): void {
    if (this.#end !== undefined) return;
    this.#queue.push(frame);
    this.#size += frame.length;
    this.#owesDrain = true;
    this.#schedule();
  }

  /** Ends the pipe after the queued frames. */
  end(code: number, reason: string): void {
    if (this.#end !== undefined) return;
    this.#end = { code, reason };
    this.#schedule();
  }

  /** Discards the queued frames and ends the pipe. */
  cut(code: number, reason: string): void {
    this.#clear();
    this.#owesDrain = false;
    this.end(code, reason);
    this.resume();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#paused || this.#ended) return;
    if (!this.#owesDrain && this.#end === undefined) return;
    this.#scheduled = true;
    setImmediate(() => this.#run());
  }

  #run(): void {
    this.#scheduled = false;
    try {
      this.#deliver();
    } finally {
      // This also runs if a handler throws, so that the following frames are not lost.
      this.#schedule();
    }
  }

  #deliver(): void {
    const { frames, size } = this.#turn;
    const until = this.#size - size;
    for (let count = 0; count < frames && this.#size > until && this.#next < this.#queue.length; count++) {
      if (this.#paused) break;
      this.#deliverNext();
    }
    this.#sink.turned();
    if (this.#next < this.#queue.length || this.#paused) {
      this.#compact();
      return;
    }
    this.#clear();
    this.#tellDrained();
    this.#finish();
  }

  /** Otherwise, the array would keep growing with delivered frames if the queue never becomes empty. */
  #compact(): void {
    if (this.#next * 2 < this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#next);
    this.#next = 0;
  }

  #deliverNext(): void {
    const frame = this.#queue[this.#next] ?? '';
    this.#queue[this.#next++] = '';
    this.#size -= frame.length;
    this.#sink.frame(frame);
  }

  #tellDrained(): void {
    if (!this.#owesDrain) return;
    this.#owesDrain = false;
    this.#sink.drained();
  }

  #finish(): void {
    if (this.#end === undefined || this.#ended || this.#queue.length > 0) return;
    this.#ended = true;
    this.#sink.end(this.#end.code, this.#end.reason);
  }

  #clear(): void {
    this.#queue = [];
    this.#next = 0;
    this.#size = 0;
  }
}
