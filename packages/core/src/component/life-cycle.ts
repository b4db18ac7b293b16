import { PgwampError, StoppedError } from '../errors.ts';
import type { OpenPart, PartOwner, RunContext } from './context.ts';
import { detailsOf, FailureLog } from './failure-log.ts';
import type { Logger } from './log.ts';
import { Part, type PartOptions } from './part.ts';
import type { ComponentState, ComponentStatus } from './status.ts';

/** Options for starting and stopping a component. */
export interface LifeCycleOptions {
  /** Milliseconds that `stop()` waits for running work. After that, the work is canceled. */
  readonly drain: number;
  /** Whether the first `start()` rejects with errors that waiting cannot fix, such as a wrong password, or waits. */
  readonly startup: 'fail' | 'wait';
}

/** Milliseconds between the steps of a forced stop: cancel the work, destroy open parts, stop waiting. */
const destructionDelay = 1000;

/** Runs the parts of a component and maintains its state. It gives up only on errors that retrying cannot fix. */
export class LifeCycle implements PartOwner {
  readonly #run: (context: RunContext) => Promise<void>;
  readonly #log: Logger;
  readonly #options: LifeCycleOptions;
  readonly #failures: FailureLog;
  readonly #parts: Part<OpenPart>[] = [];
  #state: ComponentState = 'stopped';
  #error: Error | undefined;
  /** The part that was lost most recently. */
  #lostPart = '';
  #reconnects = 0;
  #stop = new AbortController();
  #cut = new AbortController();
  #destruction = new AbortController();
  #started = Promise.withResolvers<void>();
  #hasWorked = false;
  #life: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(run: (context: RunContext) => Promise<void>, log: Logger, options: LifeCycleOptions) {
    this.#run = run;
    this.#log = log;
    this.#options = options;
    this.#failures = new FailureLog(log);
  }

  get status(): Omit<ComponentStatus, 'waitsFor'> {
    return { state: this.#state, error: this.#error, reconnects: this.#reconnects };
  }

  get destruction(): AbortSignal {
    return this.#destruction.signal;
  }

  /** Adds a part. */
  part<Open extends OpenPart>(
    name: string,
    open: (until: AbortSignal) => Promise<Open>,
    options: PartOptions = {},
  ): Part<Open> {
    const part = new Part(name, open, this, options);
    this.#parts.push(part as unknown as Part<OpenPart>);
    return part;
  }

  /** Implements {@link Component.start}. */
  async start(): Promise<void> {
    while (this.#life && this.#stop.signal.aborted) await this.#life;
    if (!this.#life) this.#begin();
    await this.#started.promise;
  }

  /** Implements {@link Component.stop}. */
  async stop(): Promise<void> {
    const life = this.#life;
    if (!life) return;
    if (!this.#stop.signal.aborted) {
      this.#enter('stopping');
      this.#stopping = this.#close(life);
    }
    await this.#stopping;
  }

  changed(): void {
    if (this.#stop.signal.aborted || !this.#parts.every(({ isReady }) => isReady)) return;
    this.#failures.forget();
    this.#work('running');
  }

  lost(name: string, error: Error): void {
    // Nested parts report the same error.
    if (error === this.#error) return;
    this.#error = error;
    this.#lostPart = name;
    if (this.isHopeless(error)) return;
    this.#reconnects += 1;
    if (this.#state === 'running' || this.#state === 'standby') this.#enter('reconnecting');
  }

  retrying(error: Error, pause: number): void {
    this.#failures.warn(this.#lostPart, error, `retrying in ${(pause / 1000).toFixed(1)} s`);
  }

  lostWhileClosing(part: string, error: Error): void {
    if (!this.#cut.signal.aborted)
      this.#log.warn({ part, ...detailsOf(error) }, 'error while stopping: %s', error.message);
  }

  isHopeless(error: Error): boolean {
    if (!(error instanceof PgwampError)) return false;
    return error.fatal || (error.permanent && !this.#hasWorked && this.#options.startup === 'fail');
  }

  /** Stops in steps. Each step follows if the one before was not enough. */
  async #close(life: Promise<void>): Promise<void> {
    const { drain } = this.#options;
    this.#stop.abort();
    if (await endsWithin(life, drain)) return;
    this.#log.warn('stopping has taken %d ms: canceling running work', drain);
    this.#cut.abort(new StoppedError());
    if (await endsWithin(life, destructionDelay)) return;
    this.#destruction.abort();
    if (await endsWithin(life, destructionDelay)) return;
    this.#log.error('stopped although connections are still being closed');
    this.#enter('stopped');
  }

  #begin(): void {
    this.#stop = new AbortController();
    this.#cut = new AbortController();
    this.#destruction = new AbortController();
    this.#started = Promise.withResolvers();
    // The caller of start() receives the error. Without a caller, this avoids an unhandled rejection.
    this.#started.promise.catch(() => undefined);
    this.#hasWorked = false;
    this.#enter('starting');
    this.#life = this.#live();
  }

  async #live(): Promise<void> {
    let failure: Error | undefined;
    try {
      await this.#run({ stop: this.#stop.signal, cut: this.#cut.signal, standby: () => this.#work('standby') });
    } catch (error) {
      failure = error as Error;
      this.#fail(failure);
    }
    this.#started.reject(failure ?? new StoppedError());
    this.#life = undefined;
    this.#enter('stopped');
  }

  #fail(error: Error): void {
    if (this.#stop.signal.aborted) {
      this.lostWhileClosing(this.#lostPart, error);
      return;
    }
    this.#error = error;
    this.#log.error({ part: this.#lostPart, ...detailsOf(error) }, 'gave up: %s', error.message);
  }

  #work(state: 'running' | 'standby'): void {
    if (this.#stop.signal.aborted) return;
    this.#hasWorked = true;
    this.#error = undefined;
    this.#enter(state);
    this.#started.resolve();
  }

  #enter(state: ComponentState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#log.info({ state }, 'component is %s', state);
  }
}

async function endsWithin(life: Promise<void>, milliseconds: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, milliseconds, false);
  const ended = await Promise.race([life.then(() => true), promise]);
  clearTimeout(timer);
  return ended;
}
