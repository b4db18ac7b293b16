import { Inbox } from '../inbox.ts';
import type { AutobahnPython } from './autobahn-python.ts';
import type { Behaviour, Call, Client, Dict, Payload, Received } from './client.ts';

/** A session in the process of Autobahn|Python. */
export class AutobahnPythonClient implements Client {
  readonly session: number;
  readonly welcome: Dict;
  readonly #python: AutobahnPython;
  readonly #handle: number;

  /** @param handle - the id of the command that joined, by which the process knows the session */
  constructor(python: AutobahnPython, handle: number, session: number, welcome: Dict) {
    this.session = session;
    this.welcome = welcome;
    this.#python = python;
    this.#handle = handle;
  }

  async subscribe(topic: string, options: Dict = {}): Promise<Inbox<Received>> {
    const inbox = new Inbox<Received>();
    await this.#command({ do: 'subscribe', topic, options }, (event: Received) => inbox.push(event)).answer;
    return inbox;
  }

  async unsubscribe(topic: string): Promise<void> {
    await this.#command({ do: 'unsubscribe', topic }).answer;
  }

  async publish(topic: string, { args = [], kwargs = {} }: Partial<Payload>, options: Dict = {}): Promise<number> {
    return (await this.#command({ do: 'publish', topic, args, kwargs, options }).answer) as number;
  }

  async register(procedure: string, behaviour: Behaviour, options: Dict = {}): Promise<void> {
    await this.#command({ do: 'register', procedure, behaviour, options }).answer;
  }

  async unregister(procedure: string): Promise<void> {
    await this.#command({ do: 'unregister', procedure }).answer;
  }

  call(procedure: string, { args = [], kwargs = {} }: Partial<Payload> = {}, options: Dict = {}): Call {
    const progress = new Inbox<Payload>();
    const command = { do: 'call', procedure, args, kwargs, options };
    const { id, answer } = this.#command(command, (result: Payload) => progress.push(result));
    const cancel = () => this.#command({ do: 'cancel', call: id });
    return { result: answer as Promise<Payload>, progress, cancel };
  }

  async leave(): Promise<void> {
    await this.#command({ do: 'leave' }).answer;
  }

  #command(command: Dict, take?: (value: never) => void) {
    return this.#python.command({ ...command, session: this.#handle }, take);
  }
}
