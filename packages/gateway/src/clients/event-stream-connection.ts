import type { ServerResponse } from 'node:http';
import type { Client } from '../context.ts';
import { Connection, type ConnectionTerms } from './connection.ts';
import { type EventEncoding, mixedServerSentEvents, serverSentEvents } from './encodings.ts';
import type { ControlMessage } from './wire-protocol.ts';

const comment = Buffer.from(':\n\n');

/** A response of server-sent events. */
export class EventStreamConnection extends Connection {
  readonly encoding: EventEncoding;
  readonly resumes = true;
  readonly #response: ServerResponse;

  /** @param isMixed whether it listens to channels of NOTIFY and of the log. */
  constructor(
    response: ServerResponse,
    { client, isMixed }: { readonly client: Client; readonly isMixed: boolean },
    terms: ConnectionTerms,
  ) {
    if (response.socket === null) throw new Error('the request has no socket any more');
    super(client, response.socket, terms);
    this.#response = response;
    this.encoding = isMixed ? mixedServerSentEvents() : serverSentEvents;
    response.on('close', () => this.hasGone());
  }

  /** The client sends nothing, so progress is measured by the bytes that it takes. */
  protected override get progress(): number {
    return this.socket.bytesWritten - this.socket.writableLength;
  }

  protected encodeControl(message: ControlMessage): Buffer {
    return this.encoding.encodeControl(message);
  }

  protected ping(): void {
    this.write(comment);
  }

  protected write(bytes: Buffer): void {
    if (bytes.length > 0) this.#response.write(bytes);
  }

  /** The browser reconnects by itself. */
  protected end(): void {
    this.#response.end();
  }
}
