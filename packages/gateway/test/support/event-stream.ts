import { once } from 'node:events';
import { get, type IncomingMessage, type RequestOptions } from 'node:http';
import { waitFor, withDeadline } from '@pgwamp/harness';

/** One server-sent event. */
interface ServerSentEvent {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: Record<string, unknown>;
}

/** A response of server-sent events, and what it has received. */
class EventStream implements Disposable {
  readonly response: IncomingMessage;
  readonly events: ServerSentEvent[] = [];
  ended = false;
  #text = '';

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.#read(chunk));
    response.on('error', () => undefined);
    response.on('end', () => {
      this.ended = true;
    });
  }

  /** Waits for an event. */
  async event(isWanted: (event: ServerSentEvent) => boolean): Promise<ServerSentEvent> {
    await waitFor(() => this.events.some(isWanted), { what: `an event, got ${JSON.stringify(this.events)}` });
    return this.events.find(isWanted) as ServerSentEvent;
  }

  [Symbol.dispose](): void {
    this.response.destroy();
  }

  #read(chunk: string): void {
    const parts = (this.#text + chunk).split('\n\n');
    this.#text = parts.pop() ?? '';
    for (const part of parts) {
      const fields = new Map(part.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]));
      const data = fields.get('data');
      if (data === undefined) continue;
      this.events.push({ id: fields.get('id'), event: fields.get('event'), data: JSON.parse(data) });
    }
  }
}

/** Asks for server-sent events. */
export async function openEvents(url: string, headers: Record<string, string> = {}): Promise<EventStream> {
  const response = await request(url, { headers: { accept: 'text/event-stream', ...headers } });
  if (response.statusCode !== 200) throw new Error(`answered with ${response.statusCode}`);
  return new EventStream(response);
}

/** Makes a request. */
export async function request(url: string, options: RequestOptions = {}): Promise<IncomingMessage> {
  const request = get(url, { agent: false, ...options });
  const [response] = await withDeadline(once(request, 'response'), 15_000, `an answer of ${url}`);
  return response;
}
