import type { DatabaseConfiguration } from '@pgwamp/config';
import { openLog } from '../supervisor/log.ts';
import type { Run } from '../supervisor/run.ts';
import { startWorker } from '../supervisor/worker-run.ts';

/** A Publisher in a process of its own, which can be killed. */
export class PublisherProcess implements AsyncDisposable {
  readonly #component: object;
  #run: Run | undefined;

  /** @param router URL of the router's WebSocket. */
  constructor(realm: string, router: string, database: DatabaseConfiguration) {
    this.#component = {
      classname: 'pgwamp.Publisher',
      realm,
      transport: { type: 'websocket', url: router },
      extra: { database },
    };
  }

  /** The process, while there is one. */
  get processId(): number | undefined {
    return this.#run?.pid;
  }

  /** Resolves when the Publisher works. */
  async start(): Promise<void> {
    const worker = { type: 'container', components: [this.#component], options: { env: { inherit: true, vars: {} } } };
    const log = await openLog('json', 'warn');
    const run = startWorker('publisher', () => worker as never, { folder: process.cwd(), log });
    this.#run = run;
    const first = await Promise.race([run.ready, run.ended]);
    if ('code' in first)
      throw new Error(`the Publisher has ended: ${first.failure?.message ?? `exit code ${first.code}`}`);
  }

  /** Its state and counters; undefined while there is no process. */
  async status(): Promise<Readonly<Record<string, unknown>> | undefined> {
    return (await this.#run?.report(false))?.components[0]?.status;
  }

  /** Lets it finish what is on its way. */
  async stop(): Promise<void> {
    this.#run?.stop();
    await this.#run?.ended;
    this.#run = undefined;
  }

  /** Ends it by SIGKILL, whatever it does. */
  async kill(): Promise<void> {
    this.#run?.kill();
    await this.#run?.ended;
    this.#run = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
