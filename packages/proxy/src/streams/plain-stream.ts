import type { Batch, Source } from '@pgwamp/core/internal/pipeline';
import type { Routing } from '../routing/routing.ts';
import type { OutgoingMessage } from '../sinks/sink.ts';
import type { SourceMessage } from '../sources/source-message.ts';
import { Branch } from './branch.ts';
import type { Stream } from './stream.ts';

/** The options of a {@link PlainStream}. */
export interface PlainStreamOptions<M extends SourceMessage> {
  readonly source: Source<M>;
  /** Assigns messages to the sources of the configuration. Omitted if there is only one source. */
  readonly select?: (messages: readonly M[]) => readonly SourceMessage[] | Promise<readonly SourceMessage[]>;
  readonly routing: Routing;
  readonly sinks: readonly string[];
  /** Limit of bytes that wait for a sink. */
  readonly buffer: number;
  /**
   * Called for messages without room in a sink's buffer, which are dropped, for a source that cannot wait. If omitted,
   * the source waits for the slowest sink.
   */
  readonly dropped?: (sink: string, count: number) => void;
  /** Whether a sink already has a message, from an earlier stream of the same source. */
  readonly isKnown: (sink: string, message: OutgoingMessage) => boolean;
}

/** A stream of messages without positions: rows of a table, or notifications. */
export class PlainStream<M extends SourceMessage = SourceMessage> implements Stream {
  readonly branches: ReadonlyMap<string, Branch>;
  readonly #options: PlainStreamOptions<M>;

  constructor(options: PlainStreamOptions<M>) {
    this.#options = options;
    this.branches = new Map(options.sinks.map((sink) => [sink, new Branch(options.buffer)]));
  }

  async run(stop: AbortSignal): Promise<void> {
    for await (const batch of this.#options.source.read(stop)) {
      await this.#hand(batch);
      if (this.#options.dropped) continue;
      for (const branch of this.branches.values()) if (branch.isFull) await branch.hasRoom(stop);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#options.source[Symbol.asyncDispose]();
  }

  async #hand({ messages, confirm }: Batch<M>): Promise<void> {
    const { routing, isKnown, dropped, select } = this.#options;
    const routed = await routing.route(select ? await select(messages) : messages);
    let left = this.branches.size;
    const settled = async () => {
      left -= 1;
      if (left === 0) await confirm?.();
    };
    for (const [sink, branch] of this.branches) {
      const own = routed.flatMap((it) => (it.sink === sink && !isKnown(sink, it.message) ? [it.message] : []));
      if (dropped && branch.isFull) dropped(sink, own.length);
      else await branch.push({ messages: own, settled });
    }
  }
}
