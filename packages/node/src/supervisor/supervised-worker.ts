import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionList } from '@pgwamp/router';
import type { Logger } from 'pino';
import type { RestartOptions } from '../configuration/node-schema.ts';
import { CrashLoopError, WorkerFailedError } from '../errors.ts';
import type { FoundPublication, ToWorker, WorkerReport } from '../workers/messages.ts';
import { type Ending, endingText, type Run } from './run.ts';

/** The state of a worker. A guest that exits with 0 has `finished`. */
export type WorkerState = 'starting' | 'running' | 'restarting' | 'finished' | 'failed' | 'stopping' | 'stopped';

/** The state of a worker at one moment. */
export interface WorkerStatus {
  readonly id: string;
  readonly type: string;
  readonly state: WorkerState;
  readonly pid: number | undefined;
  readonly restarts: number;
  /** The URLs that it listens on. */
  readonly urls: readonly string[];
  /** The report of the process, if it answers. */
  readonly report: WorkerReport | undefined;
}

/** The options of supervision. */
export interface Supervision {
  readonly id: string;
  readonly type: string;
  /** Starts its process. */
  readonly launch: () => Run;
  readonly restart: RestartOptions;
  readonly log: Logger;
}

/**
 * A worker that is kept running. A process that ends unexpectedly is restarted after a pause that doubles each time. A
 * worker that ends too often without having run for a while is given up.
 */
export class SupervisedWorker {
  readonly id: string;
  readonly type: string;
  /** Rejects when the worker is given up; never resolves. */
  readonly givenUp: Promise<never>;
  readonly #supervision: Supervision;
  readonly #stop = new AbortController();
  readonly #started = Promise.withResolvers<void>();
  readonly #givenUp = Promise.withResolvers<never>();
  #state: WorkerState = 'starting';
  #run: Run | undefined;
  #urls: readonly string[] = [];
  #restarts = 0;
  #life: Promise<void> | undefined;

  constructor(supervision: Supervision) {
    this.id = supervision.id;
    this.type = supervision.type;
    this.#supervision = supervision;
    this.givenUp = this.#givenUp.promise;
    // The node handles both errors; an unhandled rejection must not end the process.
    this.givenUp.catch(() => undefined);
    this.#started.promise.catch(() => undefined);
  }

  /**
   * Resolves when the worker works for the first time, or was stopped before.
   *
   * @throws `WorkerFailedError` if it ends before.
   */
  start(): Promise<void> {
    this.#life ??= this.#live();
    return this.#started.promise;
  }

  /** Asks the process to finish, and kills it after `milliseconds`. */
  async stop(milliseconds: number): Promise<void> {
    this.#stop.abort();
    if (this.#run) {
      if (this.#state !== 'finished' && this.#state !== 'failed') this.#state = 'stopping';
      this.#run.stop();
      await this.#killAfter(milliseconds, this.#run);
    }
    await this.#life;
    this.#state = 'stopped';
  }

  /** Kills the process. */
  kill(): void {
    this.#stop.abort();
    this.#run?.kill();
  }

  tell(message: ToWorker): void {
    this.#run?.tell(message);
  }

  async status(withMetrics: boolean): Promise<WorkerStatus> {
    const { id, type } = this;
    const report = await this.#run?.report(withMetrics);
    return { id, type, state: this.#state, pid: this.#run?.pid, restarts: this.#restarts, urls: this.#urls, report };
  }

  /** Finds publications with these keys in the memory of the worker's Publishers. */
  async findPublications(keys: readonly string[]): Promise<readonly FoundPublication[]> {
    return (await this.#run?.findPublications(keys)) ?? [];
  }

  /** The sessions of a realm of its router; undefined if it has no such realm, or does not run. */
  async listSessions(realm: string, search: string): Promise<SessionList | undefined> {
    return this.#run?.listSessions(realm, search);
  }

  /** Ends a session of a realm of its router; see {@link Run.closeSession}. */
  async closeSession(realm: string, session: number, message: string): Promise<boolean> {
    return (await this.#run?.closeSession(realm, session, message)) ?? false;
  }

  async #live(): Promise<void> {
    const { restart, log } = this.#supervision;
    let failures = 0;
    let pause = restart.first;
    while (!this.#stop.signal.aborted) {
      const { ending, ranFor } = await this.#runOnce();
      if (this.#stop.signal.aborted) break;
      if (this.#isFinished(ending)) return this.#finish();
      if (ranFor >= restart.stable) [failures, pause] = [0, restart.first];
      failures += 1;
      if (this.#failedToStart() || failures > restart.attempts) return this.#giveUp(ending, failures);
      log.error('%s; restarting in %d ms (%d of %d)', endingText(ending), pause, failures, restart.attempts);
      this.#state = 'restarting';
      await sleep(pause, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      pause = Math.min(pause * 2, restart.longest);
      this.#restarts += 1;
    }
    this.#started.resolve();
  }

  async #runOnce(): Promise<{ ending: Ending; ranFor: number }> {
    const run = this.#supervision.launch();
    this.#run = run;
    this.#supervision.log.info({ process: run.pid }, 'process started');
    let since = Number.POSITIVE_INFINITY;
    void run.ready.then((urls) => {
      since = performance.now();
      this.#ready(urls);
    });
    const ending = await run.ended;
    this.#run = undefined;
    return { ending, ranFor: Math.max(0, performance.now() - since) };
  }

  #ready(urls: readonly string[]): void {
    if (this.#stop.signal.aborted) return;
    this.#urls = urls;
    this.#state = 'running';
    this.#supervision.log.info({ urls }, 'running%s', urls.length > 0 ? `, listening at ${urls.join(', ')}` : '');
    this.#started.resolve();
  }

  #failedToStart(): boolean {
    return this.#state === 'starting';
  }

  #isFinished({ code }: Ending): boolean {
    return this.type === 'guest' && code === 0;
  }

  #finish(): void {
    this.#state = 'finished';
    this.#supervision.log.info('finished with exit code 0');
    this.#started.resolve();
  }

  #giveUp(ending: Ending, failures: number): void {
    const exitCode = ending.failure?.exitCode ?? 1;
    const error = this.#failedToStart()
      ? new WorkerFailedError(this.id, endingText(ending), exitCode)
      : new CrashLoopError(this.id, failures, endingText(ending), exitCode);
    this.#state = 'failed';
    this.#started.reject(error);
    this.#givenUp.reject(error);
  }

  async #killAfter(milliseconds: number, run: Run): Promise<void> {
    const timer = setTimeout(() => {
      this.#supervision.log.warn('did not stop within %d ms: killed', Math.round(milliseconds));
      run.kill();
    }, milliseconds);
    await run.ended;
    clearTimeout(timer);
  }
}
