import type { Logger } from 'pino';
import { backoff } from '../backoff.ts';
import { PgwampError, StoppedError } from '../errors.ts';
import type { ComponentState, ComponentStatus } from './status.ts';

/** Milliseconds of the pauses between two tries to serve. */
const pauses = { first: 100, most: 10_000 };

/** What a component sees of its life while it serves. */
export interface Life {
  /** Aborted when the component is told to stop: finish what is on its way and return. */
  readonly stop: AbortSignal;
  /** Everything works from now on. */
  running(): void;
  /** Another instance serves; this one waits to take over. */
  standingBy(): void;
  /** A part was lost and is being opened again, while the others go on: say `running` when it is there. */
  reconnecting(error: Error): void;
}

/**
 * Serves once: connects what is needed, says so, and works until told to stop; then it returns. It throws when something is
 * lost, and is called again.
 */
export type Serve = (life: Life) => Promise<void>;

/**
 * The life of a component: it starts, serves, serves again after every loss, with growing pauses, and stops. It gives up only on
 * errors that trying again cannot mend.
 */
export class Component {
  readonly #serve: Serve;
  readonly #log: Logger;
  readonly #pause = backoff(pauses);
  #state: ComponentState = 'stopped';
  #error: Error | undefined;
  #reconnects = 0;
  #stop = new AbortController();
  #started = Promise.withResolvers<void>();
  #life: Promise<void> | undefined;

  constructor(serve: Serve, log: Logger) {
    this.#serve = serve;
    this.#log = log;
  }

  get status(): ComponentStatus {
    return { state: this.#state, error: this.#error, reconnects: this.#reconnects };
  }

  /**
   * Resolves when the component works or stands by; while it cannot connect it keeps trying.
   *
   * @throws an error that is `fatal`, such as a missing schema, or `StoppedError` if it was stopped before.
   */
  start(): Promise<void> {
    if (!this.#life) {
      this.#stop = new AbortController();
      this.#started = Promise.withResolvers<void>();
      this.#enter('starting');
      this.#life = this.#live();
    }
    return this.#started.promise;
  }

  /** Drains what is on its way and closes everything. Resolves also if it never ran. */
  async stop(): Promise<void> {
    if (!this.#life) return;
    if (this.#state !== 'stopped') this.#enter('stopping');
    this.#stop.abort();
    await this.#life;
    this.#life = undefined;
  }

  async #live(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#serve({
          stop: signal,
          running: () => this.#work('running'),
          standingBy: () => this.#work('standby'),
          reconnecting: (error) => this.#miss(error),
        });
      } catch (error) {
        if (!(await this.#recover(error as Error, signal))) break;
      }
    }
    // Whoever waits for start learns why; nobody else has to.
    this.#started.promise.catch(() => undefined);
    this.#started.reject(this.#error?.message && isFatal(this.#error) ? this.#error : new StoppedError());
    this.#enter('stopped');
  }

  #work(state: 'running' | 'standby'): void {
    if (this.#stop.signal.aborted) return;
    if (state === 'running') this.#pause.reset();
    this.#error = undefined;
    this.#enter(state);
    this.#started.resolve();
  }

  /** Says whether to serve again. */
  async #recover(error: Error, stop: AbortSignal): Promise<boolean> {
    this.#error = error;
    if (stop.aborted) {
      this.#log.warn({ err: error }, 'lost something while stopping');
      return false;
    }
    if (isFatal(error)) {
      this.#log.error({ err: error }, 'gave up');
      return false;
    }
    this.#miss(error);
    await this.#pause.wait(stop);
    return true;
  }

  #miss(error: Error): void {
    this.#error = error;
    this.#log.warn({ err: error }, 'lost, connecting again');
    this.#reconnects += 1;
    if (this.#state === 'running' || this.#state === 'standby') this.#enter('reconnecting');
  }

  #enter(state: ComponentState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#log.info({ state }, 'component is %s', state);
  }
}

function isFatal(error: Error): boolean {
  return error instanceof PgwampError && error.fatal;
}
