import type { NodeHost } from '../supervisor/node-host.ts';
import type { WorkerStatus } from '../supervisor/supervised-worker.ts';
import { waitFor } from './wait-for.ts';

/** The Publisher of the demo: a process of its own, which can be killed and which the node starts again. */
export class DemoPublisher {
  readonly #host: NodeHost;

  constructor(host: NodeHost) {
    this.#host = host;
  }

  /** The number of its process; undefined while there is none. */
  async processId(): Promise<number | undefined> {
    return (await this.#worker())?.pid;
  }

  /** Its state and counters; undefined while it does not answer. */
  async status(): Promise<Readonly<Record<string, unknown>> | undefined> {
    return (await this.#worker())?.report?.components[0]?.status;
  }

  /** Ends its process by SIGKILL, whatever it does; resolves when that is gone. */
  async kill(): Promise<void> {
    const pid = await this.processId();
    if (pid === undefined) return;
    process.kill(pid, 'SIGKILL');
    await waitFor('the Publisher to be dead', async () => (await this.#worker())?.state !== 'running');
  }

  /** Resolves when it works, after it was killed. */
  async works(): Promise<void> {
    await waitFor('the node to start the Publisher again', async () => (await this.#worker())?.state === 'running');
  }

  async #worker(): Promise<WorkerStatus | undefined> {
    return (await this.#host.status()).workers.find(({ id }) => id === 'publisher');
  }
}
