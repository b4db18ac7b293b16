import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { type Connection, waitFor } from '@pgwamp/harness';

/** A message of the link: its letter and its content. */
export interface BackendMessage {
  readonly type: string;
  readonly body: Buffer;
}

/** A client that sends bytes, and sees messages. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  #chunks: Buffer[] = [];
  #closed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.#chunks.push(chunk);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closed = true;
    });
  }

  static async connect(port: number): Promise<RawClient> {
    const client = new RawClient(connectSocket(port, '127.0.0.1'));
    await once(client.socket, 'connect');
    return client;
  }

  get received(): Buffer {
    this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  get messages(): BackendMessage[] {
    return messagesIn(this.received);
  }

  /** Discards the received data. */
  clear(): void {
    this.#chunks = [];
  }

  send(...parts: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  /** Waits for so many messages of a type, and gives all letters that have come. */
  async letters(type: string, count = 1): Promise<string> {
    const found = () => this.messages.filter((message) => message.type === type).length >= count;
    await waitFor(found, { what: `${count} messages of type ${type}` });
    return this.messages.map((message) => message.type).join('');
  }

  /** The fields of the only ErrorResponse, once the link has closed the connection. */
  async refusal(): Promise<Record<string, string>> {
    await this.closed();
    return errorFields(this.messages.find(({ type }) => type === 'E')?.body ?? Buffer.alloc(0));
  }

  async closed(): Promise<void> {
    await waitFor(() => this.#closed, { what: 'the link to close the connection' });
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** Takes over the connection that node-postgres has opened. */
export function rawClientOf(client: Connection): RawClient {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  stream.removeAllListeners('data');
  return new RawClient(stream);
}

function messagesIn(bytes: Buffer): BackendMessage[] {
  const messages: BackendMessage[] = [];
  for (let offset = 0; offset + 5 <= bytes.length; ) {
    const end = offset + 1 + bytes.readInt32BE(offset + 1);
    if (end > bytes.length) break;
    messages.push({ type: bytes.toString('latin1', offset, offset + 1), body: bytes.subarray(offset + 5, end) });
    offset = end;
  }
  return messages;
}

/** The fields of an ErrorResponse, by their letters. */
export function errorFields(body: Buffer): Record<string, string> {
  const fields = body.toString().split('\0').filter(Boolean);
  return Object.fromEntries(fields.map((field) => [field.slice(0, 1), field.slice(1)]));
}
