import { join } from 'node:path';
import { type RunningProcess, startProcess, waitFor } from '@pgwamp/harness';

const program = join(import.meta.dirname, '../fixtures/proxy-process.ts');

/** The reports of a Proxy about its sink "broker". */
interface Status {
  readonly confirmed: number;
  readonly connected: boolean;
  /** The state of the Proxy. */
  readonly state: string;
  readonly parked: number;
  readonly repeated: number;
}

const nothing: Status = { confirmed: 0, connected: false, state: '', parked: 0, repeated: 0 };

/** A Proxy in a process of its own, which can be killed and started again. */
export class ProxyProcess implements AsyncDisposable {
  readonly #extra: object;
  /** The one that runs is the last. */
  readonly #processes: RunningProcess[] = [];

  private constructor(extra: object) {
    this.#extra = extra;
  }

  static async start(extra: object): Promise<ProxyProcess> {
    const proxy = new ProxyProcess(extra);
    await proxy.startAgain();
    return proxy;
  }

  /** The messages that the sinks of all its processes have confirmed, as far as they could report it. */
  get confirmed(): number {
    return this.#processes.reduce((sum, { messages }) => sum + statusOf(messages).confirmed, 0);
  }

  /** The last report of the running process. */
  get status(): Status {
    return statusOf(this.#processes.at(-1)?.messages ?? []);
  }

  async kill(): Promise<void> {
    await this.#processes.at(-1)?.[Symbol.asyncDispose]();
  }

  async startAgain(): Promise<void> {
    const running = await startProcess(program, { args: [JSON.stringify({ extra: this.#extra })] });
    this.#processes.push(running);
    await running.waitFor({ state: 'running' }, 60_000);
  }

  /** Resolves when the broker has confirmed so many more messages. */
  async delivers(count: number, when: string): Promise<void> {
    const goal = this.confirmed + count;
    await waitFor(() => this.confirmed >= goal, {
      what: `${count} messages to be delivered ${when}`,
      deadline: 90_000,
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

function statusOf(messages: RunningProcess['messages']): Status {
  return (messages.findLast(({ status }) => status)?.status as Status | undefined) ?? nothing;
}
