import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join as joinPath } from 'node:path';
import { createInterface } from 'node:readline';
import { WampFailure } from '../wamp-failure.ts';
import { AutobahnPythonClient } from './autobahn-python-client.ts';
import type { Address, Client, ClientKind, Credentials, Dict, Payload, Wire } from './client.ts';

const program = joinPath(import.meta.dirname, 'autobahn_python.py');
const serializers = ['json', 'msgpack', 'cbor'] as const;

interface Answer {
  readonly id?: number;
  readonly inbox?: number;
  readonly value?: unknown;
  readonly failure?: Payload & { readonly uri?: string };
}

type Settle = PromiseWithResolvers<unknown>;

/** Autobahn|Python in a process of its own, which holds all its sessions. */
export class AutobahnPython implements ClientKind {
  readonly name: string;
  readonly wires: readonly Wire[] = (['websocket', 'rawsocket'] as const).flatMap((transport) =>
    serializers.map((serializer) => ({ transport, serializer })),
  );
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #waiting = new Map<number, Settle>();
  readonly #inboxes = new Map<number, (value: never) => void>();
  #commands = 0;

  private constructor(child: ChildProcess, name: string) {
    this.name = name;
    this.#child = child;
    this.#exited = once(child, 'exit');
  }

  /** @param python - the interpreter of an environment in which Autobahn|Python is installed */
  static async start(python: string): Promise<AutobahnPython> {
    const child = spawn(python, [program], { stdio: ['pipe', 'pipe', 'pipe'] });
    // Some of its dependencies warn of each other whenever it starts.
    let warnings = '';
    child.stderr.on('data', (data) => {
      warnings += data;
    });
    const lines = createInterface({ input: child.stdout });
    const [first] = await Promise.race([once(lines, 'line'), once(child, 'exit')]);
    if (typeof first !== 'string') throw new Error(`Autobahn|Python did not start:\n${warnings}`);
    const kind = new AutobahnPython(child, `Autobahn|Python ${JSON.parse(first).version}`);
    lines.on('line', (line) => kind.#read(JSON.parse(line)));
    return kind;
  }

  async join(address: Address, { transport, serializer }: Wire, credentials?: Credentials): Promise<Client> {
    const url = credentials === undefined ? address.url : address.authUrl;
    const port = transport === 'rawsocket' ? address.rawSocketPort : Number(new URL(url).port);
    const command = { do: 'join', transport, serializer, url, port, ...(credentials && { credentials }) };
    const { id, answer } = this.command(command);
    const { session, welcome } = (await answer) as { session: number; welcome: Dict };
    return new AutobahnPythonClient(this, id, session, welcome);
  }

  /** Sends a command; what arrives later because of it goes to `take`. */
  command(command: Dict, take?: (value: never) => void): { readonly id: number; readonly answer: Promise<unknown> } {
    const id = ++this.#commands;
    const settle: Settle = Promise.withResolvers();
    this.#waiting.set(id, settle);
    if (take !== undefined) this.#inboxes.set(id, take);
    this.#child.stdin?.write(`${JSON.stringify({ ...command, id })}\n`);
    return { id, answer: settle.promise };
  }

  async close(): Promise<void> {
    this.#child.stdin?.end();
    await this.#exited;
  }

  #read({ id, inbox, value, failure }: Answer): void {
    if (inbox !== undefined) this.#inboxes.get(inbox)?.(value as never);
    if (id === undefined) return;
    const settle = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (failure === undefined) settle?.resolve(value);
    else settle?.reject(new WampFailure(failure.uri, failure.args, failure.kwargs));
  }
}
