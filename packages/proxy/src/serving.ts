import { Refused } from '@pgwamp/core';
import { Doorbell, type Logger, type OnceAMinute } from '@pgwamp/core/internal/component';
import { Pump, type Sink } from '@pgwamp/core/internal/pipeline';
import { OrderedSink } from './delivery/ordered-sink.ts';
import { SinkReceipts } from './delivery/sink-receipts.ts';
import type { SinkState } from './delivery/sink-state.ts';
import type { ParkedTable } from './parked/parked-table.ts';
import { redeliver } from './parked/redelivery.ts';
import type { MessageSink, OpenSink, OutgoingMessage } from './sinks/sink.ts';
import type { SinkOptions } from './sinks/sink-options.ts';
import type { Branch } from './streams/branch.ts';
import type { Stream } from './streams/stream.ts';

/** A sink of a configuration. */
export interface ServedSink {
  readonly name: string;
  readonly options: SinkOptions;
  readonly state: SinkState;
  readonly parked: ParkedTable | undefined;
}

/** The options of {@link Serving}. */
export interface ServingOptions {
  readonly streams: readonly Stream[];
  readonly sinks: ReadonlyMap<string, ServedSink>;
  readonly refusals: OnceAMinute;
  readonly log: Logger;
}

/**
 * The work of a Proxy while it is elected and connected to PostgreSQL: each connected sink reads its branches of the
 * streams.
 */
export class Serving {
  readonly #options: ServingOptions;
  /** Aborted for a graceful end, and for an immediate one. */
  readonly #ending = new AbortController();
  readonly #over = new AbortController();
  readonly #deliveries = new Set<Promise<void>>();
  /** The last delivery of each sink: a branch has one reader at a time. */
  readonly #turns = new Map<string, Promise<void>>();
  readonly #bells: ReadonlyMap<string, Doorbell>;

  constructor(options: ServingOptions) {
    this.#options = options;
    this.#bells = new Map([...options.sinks.keys()].map((name) => [name, new Doorbell()]));
  }

  /**
   * Sends the messages of the streams to a sink, until stopped or the serving ends.
   *
   * @throws the reason why the sink was lost.
   */
  deliver(name: string, open: OpenSink, stop: AbortSignal, cut: AbortSignal): Promise<void> {
    return this.#takeTurn(name, () => this.#deliver(name, open, stop, AbortSignal.any([open.lost, cut])));
  }

  /** Parks the messages of the streams for a sink whose broker is down, until `stop` aborts. */
  parkAll(name: string, why: string, stop: AbortSignal): Promise<void> {
    const outage = new Refused('refused', why);
    const sink = { send: () => Promise.reject(outage) };
    return this.#takeTurn(name, () => this.#pump(name, sink, stop, stop, outage));
  }

  /** Wakes the redelivery, since parked messages may be due. */
  ring(): void {
    for (const bell of this.#bells.values()) bell.ring();
  }

  /** Ends: without an error, messages in flight are completed; with an error, everything stops. */
  async end(error?: unknown): Promise<void> {
    if (error !== undefined) this.#over.abort(error);
    this.#ending.abort();
    await Promise.all(this.#deliveries);
  }

  async #takeTurn(name: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(name) ?? Promise.resolve()).then(async () => {
      if (!this.#ending.signal.aborted) await work();
    });
    const settled = turn.catch(() => undefined).finally(() => this.#deliveries.delete(settled));
    this.#turns.set(name, settled);
    this.#deliveries.add(settled);
    try {
      await turn;
    } catch (error) {
      // The component that ended the serving reports the error.
      if (!this.#over.signal.aborted) throw error;
    }
  }

  async #deliver(name: string, open: OpenSink, stop: AbortSignal, lost: AbortSignal): Promise<void> {
    const { options, parked, state } = this.#sinkOf(name);
    const bell = this.#bells.get(name) ?? new Doorbell();
    const failed = new AbortController();
    const until = AbortSignal.any([stop, lost, failed.signal]);
    const noted: MessageSink = {
      send(message) {
        state.unanswered.sent(message);
        return open.send(message);
      },
    };
    const ordered = parked && options.parked_keys === 'wait' ? new OrderedSink(noted, parked) : noted;
    const tasks = [this.#pump(name, ordered, stop, AbortSignal.any([lost, failed.signal]))];
    if (parked) {
      const ending = AbortSignal.any([until, this.#ending.signal]);
      tasks.push(redeliver({ table: parked, sink: open, state, bell }, ending));
    }
    await allOrNone(tasks, failed);
  }

  async #pump(name: string, sink: MessageSink, stop: AbortSignal, lost: AbortSignal, outage?: Refused) {
    const { state } = this.#sinkOf(name);
    const failed = new AbortController();
    const branches = this.#branchesOf(name);
    const pumps = branches.map((branch) => this.#pumpOf(branch, name, sink, outage));
    state.pumps = pumps;
    const until = AbortSignal.any([stop, this.#ending.signal]);
    const halt = AbortSignal.any([lost, failed.signal, this.#over.signal]);
    try {
      await allOrNone(
        pumps.map((pump) => pump.run(until, halt)),
        failed,
      );
    } finally {
      state.pumps = [];
      for (const branch of branches) state.unanswered.lose(branch.unsettled());
    }
  }

  #pumpOf(branch: Branch, name: string, sink: MessageSink, outage: Refused | undefined) {
    const { options, state, parked } = this.#sinkOf(name);
    const { refusals, log } = this.#options;
    const receipts = new SinkReceipts({
      ...{ sink: name, options, parked, state, refusals, log },
      isOutage: (why) => why === outage,
      waiting: () => this.#bells.get(name)?.ring(),
    });
    const window = { messages: options.max_in_flight, bytes: options.max_in_flight_bytes };
    const { counts, quarantine } = state;
    return new Pump({ source: branch, sink: reporting(sink), receipts, window, counts, quarantine });
  }

  #branchesOf(name: string): Branch[] {
    return this.#options.streams.flatMap(({ branches }) => branches.get(name) ?? []);
  }

  #sinkOf(name: string): ServedSink {
    const sink = this.#options.sinks.get(name);
    if (!sink) throw new Error(`there is no sink ${name}`);
    return sink;
  }
}

/** A sink of promises as the sink of a pump. */
function reporting(sink: MessageSink): Sink<OutgoingMessage> {
  return {
    send(message, outcomes) {
      sink.send(message).then(
        (receipt) => outcomes.accepted(message, receipt),
        (error: unknown) => outcomes.failed(message, error),
      );
    },
  };
}

/** Waits for all tasks; the first failure stops the others. */
async function allOrNone(tasks: readonly Promise<void>[], failed: AbortController): Promise<void> {
  for (const task of tasks) task.catch((error: unknown) => failed.abort(error));
  const results = await Promise.allSettled(tasks);
  // The first failure, not one that it has caused.
  if (results.some(({ status }) => status === 'rejected')) throw failed.signal.reason;
}
