import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SessionList } from '@pgwamp/router';
import { compileCacheFolder } from '../compile-cache.ts';
import type {
  FoundPublication,
  FromWorker,
  ToWorker,
  WorkerFailure,
  WorkerOptions,
  WorkerReport,
} from '../workers/messages.ts';
import { environmentOf } from './environment.ts';
import type { Log } from './log.ts';
import { type Ending, onEnd, type Run } from './run.ts';

// The same folder contains TypeScript in a checkout and JavaScript in the published package.
const program = fileURLToPath(new URL(`../workers/main${extname(import.meta.filename)}`, import.meta.url));

/**
 * V8 lets garbage of a busy process fill more than 100 MB where a machine has memory. Larger values than 8 are no faster.
 * An option in `$NODE_OPTIONS` follows, and takes precedence.
 */
const youngGeneration = '--max-semi-space-size=8';

/**
 * By default glibc gives each thread of V8 an arena of its own, and returns little of what is freed there: 6 MB in a busy
 * Publisher. One for all is no slower, because nearly all allocations are those of the main thread.
 */
const oneArena = { MALLOC_ARENA_MAX: '1' };

/** Time limit in milliseconds for the answer of a worker. */
const answerTimeout = 2000;

/** A Node.js process of pgwamp that runs a router or a container. */
class WorkerRun implements Run {
  readonly ready: Promise<readonly string[]>;
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #ready = Promise.withResolvers<readonly string[]>();
  readonly #answers = new Map<number, (answer: FromWorker | undefined) => void>();
  #requests = 0;
  #failure: WorkerFailure | undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.ready = this.#ready.promise;
    const ended = Promise.withResolvers<Ending>();
    this.ended = ended.promise;
    child.on('message', (message) => this.#receive(message as FromWorker));
    // A message to a process that has just ended; `ended` reports the end.
    child.on('error', () => undefined);
    onEnd(child, (code, signal) => {
      this.#answerAll();
      ended.resolve({ code, signal, failure: this.#failure });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  stop(): void {
    this.tell({ type: 'stop' });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  tell(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message);
  }

  async report(withMetrics: boolean): Promise<WorkerReport | undefined> {
    const answer = await this.#ask((request) => ({ type: 'report', request, metrics: withMetrics }));
    return answer?.type === 'report' ? answer.report : undefined;
  }

  async findPublications(keys: readonly string[]): Promise<readonly FoundPublication[]> {
    const answer = await this.#ask((request) => ({ type: 'find', request, keys }));
    return answer?.type === 'publications' ? answer.found : [];
  }

  async listSessions(realm: string, search: string): Promise<SessionList | undefined> {
    const answer = await this.#ask((request) => ({ type: 'sessions', request, realm, search }));
    return answer?.type === 'sessions' ? answer.list : undefined;
  }

  async closeSession(realm: string, session: number, message: string): Promise<boolean> {
    const answer = await this.#ask((request) => ({ type: 'close', request, realm, session, message }));
    if (answer?.type !== 'closed') throw new Error(`the worker has not answered within ${answerTimeout} ms`);
    return answer.wasThere;
  }

  async #ask(question: (request: number) => ToWorker): Promise<FromWorker | undefined> {
    if (!this.#child.connected) return undefined;
    this.#requests += 1;
    const request = this.#requests;
    const { promise, resolve } = Promise.withResolvers<FromWorker | undefined>();
    this.#answers.set(request, resolve);
    const timer = setTimeout(resolve, answerTimeout, undefined);
    this.tell(question(request));
    const answer = await promise;
    clearTimeout(timer);
    this.#answers.delete(request);
    return answer;
  }

  #receive(message: FromWorker): void {
    if (message.type === 'ready') this.#ready.resolve(message.urls);
    else if (message.type === 'failed') this.#failure = message.failure;
    else this.#answers.get(message.request)?.(message);
  }

  #answerAll(): void {
    for (const answer of this.#answers.values()) answer(undefined);
  }
}

/** The options of a worker process. */
interface WorkerStart {
  /** The folder that relative paths refer to. */
  readonly folder: string;
  readonly log: Log;
  /** Resolves when it may run; until then, the process only loads its code. Default: immediately. */
  readonly mayRun?: Promise<void>;
}

/**
 * Starts a process that runs a router or a container.
 *
 * @param worker returns its configuration at the time of the call.
 */
export function startWorker(id: string, worker: () => WorkerOptions, start: WorkerStart): Run {
  const { folder, log, mayRun = Promise.resolve() } = start;
  const cache = compileCacheFolder();
  const environment = environmentOf(worker().options.env);
  const env = {
    ...oneArena,
    ...environment,
    NODE_OPTIONS: `${youngGeneration} ${environment.NODE_OPTIONS ?? ''}`,
    PGWAMP_LOG_LEVEL: log.logger.level,
    ...(cache !== undefined && { NODE_COMPILE_CACHE: cache }),
  };
  const child = fork(program, [id], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] });
  log.collect(id, 'stdout', child.stdout);
  log.collect(id, 'stderr', child.stderr);
  const run = new WorkerRun(child);
  run.tell({ type: 'load', worker: worker(), folder });
  void mayRun.then(() => run.tell({ type: 'run', worker: worker(), folder }));
  return run;
}
