import type { NodeHost } from '../supervisor/node-host.ts';
import type { WorkerStatus } from '../supervisor/supervised-worker.ts';
import { waitFor } from './wait-for.ts';

/** The Publisher of the demo: a separate process, which can be killed and is restarted by the node. */
export class DemoPublisher {
  readonly #host: NodeHost;

  constructor(host: NodeHost) {
    this.#host = host;
  }

  /** The id of its process; undefined while there is none. */
  async processId(): Promise<number | undefined> {
    return (await this.#worker())?.pid;
  }

  /** Its state and counters; undefined without an answer. */
  async status(): Promise<Readonly<Record<string, unknown>> | undefined> {
    return (await this.#worker())?.report?.components[0]?.status;
  }

  /** Kills its process with SIGKILL; resolves when the process has ended. */
  async kill(): Promise<void> {
    const pid = await this.processId();
    if (pid === undefined) return;
    process.kill(pid, 'SIGKILL');
    await waitFor('the Publisher to be dead', async () => (await this.#worker())?.state !== 'running');
  }

  /** Resolves when it works again after it was killed. */
  async works(): Promise<void> {
    await waitFor('the node to start the Publisher again', async () => (await this.#worker())?.state === 'running');
  }

  async #worker(): Promise<WorkerStatus | undefined> {
    return (await this.#host.status()).workers.find(({ id }) => id === 'publisher');
  }
}
