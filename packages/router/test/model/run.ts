import { createRouter, type Router } from '../../src/index.ts';
import { agree } from './agreement.ts';
import { Bindings } from './bindings.ts';
import type { ClientModel, Message } from './client-model.ts';
import type { Command } from './commands.ts';
import { countsOf } from './counts.ts';
import type { FakeClock } from './fake-clock.ts';
import { parse, rolesWith } from './frames.ts';
import { RealmModel } from './realm-model.ts';
import { resolve, sendersOf } from './refs.ts';
import { Wire } from './wire.ts';

const MAX_CLIENTS = 5;
// A frame takes one turn of the event loop to the router and one back.
const TURNS = 3;

async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function text(value: unknown): string {
  return JSON.stringify(value);
}

/** One sequence, sent to a router and told to the model; they have to agree after every step. */
export class Run implements AsyncDisposable {
  readonly #errors: Error[] = [];
  readonly #router: Router;
  readonly #clock: FakeClock;
  readonly #model: RealmModel;
  readonly #wires = new Map<ClientModel, Wire>();
  readonly #ids = new Bindings();
  readonly #transcript: string[] = [];

  constructor(clock: FakeClock) {
    this.#clock = clock;
    this.#router = createRouter({ realms: ['realm1'], onError: (error) => this.#errors.push(error) });
    this.#model = new RealmModel('realm1', (callees) => this.#invoked(callees));
  }

  async play(commands: readonly Command[]): Promise<void> {
    for (const command of commands) {
      const tell = this.#perform(command);
      if (tell === undefined) continue;
      await settle();
      tell();
      this.#compare();
    }
    await this.#endAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const wire of this.#wires.values()) if (!wire.isClosed) wire.close();
    await settle();
    await this.#router.close();
  }

  /** Does it to the router; what it gives does it to the model. */
  #perform(command: Command): (() => void) | undefined {
    if (command.do === 'connect') return this.#connect(command);
    if (command.do === 'pass') return this.#pass(command.ms);
    const client = this.#clientAt(command.by);
    if (client === undefined) return undefined;
    if (command.do === 'cut') return this.#cut(client);
    if (command.do === 'send text') return this.#sendText(client, command.text);
    return this.#sendTemplate(client, command);
  }

  #connect({ authid, authrole, features, isSilent }: Extract<Command, { do: 'connect' }>): (() => void) | undefined {
    if (this.#open().length >= MAX_CLIENTS) return undefined;
    const client = this.#model.connect(authid, authrole);
    this.#wires.set(client, new Wire(this.#router.attach({ authid, authrole })));
    if (isSilent) return () => this.#log(`${client.name} connects`);
    return this.#send(client, [1, 'realm1', { roles: rolesWith(features) }]);
  }

  #pass(ms: number): () => void {
    this.#log(`${ms} ms pass`);
    this.#clock.pass(ms);
    return () => this.#model.pass(ms);
  }

  #cut(client: ClientModel): () => void {
    this.#log(`${client.name} is cut off`);
    this.#wires.get(client)?.close();
    return () => this.#model.cut(client);
  }

  /** Sent by another client if that one would have nothing to refer to; by this one anyway now and then. */
  #sendTemplate(client: ClientModel, { by, message }: Extract<Command, { do: 'send' }>): (() => void) | undefined {
    const senders = sendersOf(this.#model, this.#open(), message);
    const sender = senders.includes(client) ? client : (senders[by % senders.length] ?? client);
    if (senders.length === 0 && by > 0) return undefined;
    return this.#send(sender, resolve(this.#model, sender, message));
  }

  #send(client: ClientModel, message: unknown): () => void {
    this.#log(`${client.name} > ${text(message)}`);
    this.#wires.get(client)?.send(text(this.#ids.resolve(message)));
    return () => this.#model.receive(client, message);
  }

  #sendText(client: ClientModel, frame: string): () => void {
    this.#log(`${client.name} > ${frame}`);
    this.#wires.get(client)?.send(frame);
    return () => this.#model.receive(client, parse(frame));
  }

  #open(): readonly ClientModel[] {
    return this.#model.clients.filter(({ state }) => state !== 'over');
  }

  #clientAt(index: number): ClientModel | undefined {
    const open = this.#open();
    return open[index % open.length];
  }

  #invoked(callees: readonly ClientModel[]): ClientModel | undefined {
    const count = (messages: readonly Message[] = []) => messages.filter(([type]) => type === 68).length;
    return callees.find((callee) => {
      const expected = callee.expected.map(({ message }) => message);
      return count(this.#wires.get(callee)?.frames) > count(expected);
    });
  }

  #compare(): void {
    for (const client of this.#model.clients) {
      const expected = client.takeExpected();
      const actual = this.#wires.get(client)?.take() ?? [];
      for (const message of actual)
        this.#log(`${client.name} < ${text(message[0] === 2 ? message.slice(0, 2) : message)}`);
      if (agree(expected, actual, this.#ids)) continue;
      const lines = expected.map(({ message }) => text(message));
      this.#fail(`${client.name} should have received ${lines.join(', ') || 'nothing'}`);
    }
    const [error] = this.#errors;
    if (error !== undefined) this.#fail(`the router reports an error of its own: ${error.stack}`);
    this.#compareCounts();
  }

  #compareCounts(): void {
    const expected = countsOf(this.#model);
    const { connections, sessions, subscriptions, registrations, pendingCalls } = this.#router.stats();
    const found = text({ connections, sessions, subscriptions, registrations, pendingCalls });
    if (found !== text(expected)) this.#fail(`the router should count ${text(expected)}, and counts ${found}`);
  }

  async #endAll(): Promise<void> {
    for (const client of this.#open()) {
      const tell = this.#cut(client);
      await settle();
      tell();
      this.#compare();
    }
  }

  #log(line: string): void {
    this.#transcript.push(line);
  }

  #fail(difference: string): never {
    throw new Error(`${difference}\n  ${this.#transcript.join('\n  ')}`);
  }
}
