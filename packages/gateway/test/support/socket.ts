import { once } from 'node:events';
import { waitFor, withDeadline } from '@pgwamp/harness';
import { type ClientOptions, WebSocket } from 'ws';

/** Why a WebSocket did not open. */
export interface Refusal {
  readonly status: number;
  readonly body: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}

/** A WebSocket and what it has received. */
export class TestSocket implements AsyncDisposable {
  readonly webSocket: WebSocket;
  readonly received: string[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;

  constructor(webSocket: WebSocket) {
    this.webSocket = webSocket;
    webSocket.on('message', (data) => this.received.push(data.toString()));
    webSocket.on('error', () => undefined);
    const { promise, resolve } = Promise.withResolvers<{ code: number; reason: string }>();
    this.closed = promise;
    webSocket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  }

  /** The received messages, parsed as JSON. */
  get messages(): Record<string, unknown>[] {
    return this.received.map((text) => JSON.parse(text));
  }

  /** Waits until it has received so many frames. */
  async frames(count: number): Promise<string[]> {
    await waitFor(() => this.received.length >= count, { what: `${count} frames, got ${this.received.length}` });
    return this.received;
  }

  /** Waits for a message. */
  async message(isWanted: (message: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    await waitFor(() => this.messages.some(isWanted), { what: `a message, got ${this.received.join(' ')}` });
    return this.messages.find(isWanted) ?? {};
  }

  send(message: object): void {
    this.webSocket.send(JSON.stringify(message));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.webSocket.terminate();
    await this.closed;
  }
}

/** Opens a WebSocket. */
export async function open(url: string, protocols: string | string[] = [], options: ClientOptions = {}) {
  const webSocket = new WebSocket(url, protocols, options);
  const socket = new TestSocket(webSocket);
  const failed = once(webSocket, 'unexpected-response').then(([, response]) => {
    throw new Error(`answered with ${response.statusCode}`);
  });
  failed.catch(() => undefined);
  await withDeadline(Promise.race([once(webSocket, 'open'), failed]), 15_000, `${url} to open`);
  return socket;
}

/** Opens a WebSocket of `pgwamp.v1`. */
export function openV1(url: string, options: ClientOptions = {}): Promise<TestSocket> {
  return open(url, 'pgwamp.v1', options);
}

/** The refusal of a WebSocket. */
export async function refused(url: string, protocols: string[] = [], options: ClientOptions = {}): Promise<Refusal> {
  const webSocket = new WebSocket(url, protocols, options);
  webSocket.on('error', () => undefined);
  const [, response] = await withDeadline(once(webSocket, 'unexpected-response'), 15_000, `${url} to be refused`);
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, body, headers: response.headers };
}
