import { PgwampError } from '@pgwamp/core';
import { type Logger, OnceAMinute } from '@pgwamp/core/internal/component';
import { readSince } from '../channels/since.ts';
import type { Access, Receiver } from '../context.ts';
import type { Admission } from '../server/admission.ts';
import { HttpRefusal, refusalOf } from '../server/http-refusal.ts';
import { type ClientMessage, FrameError, readClientMessage } from './client-message.ts';
import type { Membership } from './connection.ts';
import type { WebSocketConnection } from './websocket-connection.ts';
import { closeCode } from './wire-protocol.ts';

/** Handles the text frames of clients. */
export class ClientFrames {
  readonly #admission: Admission;
  readonly #access: Access;
  readonly #receiver: Receiver | undefined;
  readonly #log: Logger;
  readonly #warnings = new OnceAMinute();

  constructor(admission: Admission, access: Access, receiver: Receiver | undefined, log: Logger) {
    this.#admission = admission;
    this.#access = access;
    this.#receiver = receiver;
    this.#log = log;
  }

  /** Handles a frame. The next frame of the client is read when the promise is settled. */
  take(connection: WebSocketConnection, text: string): Promise<void> {
    return connection.isPlain ? this.#takePlain(connection, text) : this.#takeMessage(connection, text);
  }

  async #takePlain(connection: WebSocketConnection, text: string): Promise<void> {
    const [channel] = connection.memberships.keys();
    if (this.#receiver === undefined || channel === undefined) {
      const held = this.#warnings.pass('ignored');
      if (held !== undefined) {
        const fields = { channel, repeated: held };
        this.#log.info(fields, 'a client sent a text frame, which is ignored, since extra.receive is not set');
      }
      return;
    }
    try {
      const answer = await this.#receiver.receive(connection.client, channel, text);
      if (answer !== undefined) connection.sendText(answer);
    } catch (error) {
      connection.sendText(JSON.stringify({ error: this.#reasonFor(error) }));
    }
  }

  async #takeMessage(connection: WebSocketConnection, text: string): Promise<void> {
    let ref: unknown;
    try {
      const message = readClientMessage(text);
      if ('ref' in message) ref = message.ref;
      await this.#do(connection, message, ref);
    } catch (error) {
      connection.tell({ type: 'error', ref, reason: this.#reasonFor(error) });
    }
  }

  async #do(connection: WebSocketConnection, message: ClientMessage, ref: unknown): Promise<void> {
    switch (message.type) {
      case 'subscribe':
        return this.#subscribe(connection, message);
      case 'unsubscribe':
        for (const name of this.#admission.namesOf(message.channel)) connection.leave(name);
        return connection.tell({ type: 'unsubscribed', channel: message.channel });
      case 'send':
        return this.#send(connection, message);
      case 'token': {
        connection.client = await this.#access.renew(connection.client, message.token);
        return connection.tell({ type: 'renewed', ref, expires: connection.client.expires?.toISOString() });
      }
    }
  }

  async #subscribe(connection: WebSocketConnection, message: ClientMessage & { type: 'subscribe' }): Promise<void> {
    const { channel, channels = [channel ?? ''], since } = message;
    const { memberships } = connection;
    const names = [...new Set(channels.flatMap((each) => this.#namesOf(connection, each)))];
    const isKnown = (name: string) => memberships.has(name);
    const fresh = names.filter((name) => !isKnown(name));
    const admitting = [
      ...names.filter(isKnown).map((name) => this.#admit(connection, name, 0)),
      ...fresh.map((name, index) => this.#admit(connection, name, memberships.size + index)),
    ];
    const admitted = (await Promise.all(admitting)).flat();
    const isNew = (membership: Membership) => !connection.isClosing && !isKnown(membership.channel.name);
    const known = admitted.filter((membership) => !isNew(membership));
    for (const membership of known) this.#admission.giveBack(membership);
    connection.join(admitted.filter(isNew), since === undefined ? undefined : readSince(since));
    for (const membership of known) connection.confirm(membership.channel);
  }

  #namesOf(connection: WebSocketConnection, channel: string): string[] {
    try {
      return this.#admission.namesOf(channel);
    } catch (error) {
      connection.tell({ type: 'refused', channel, reason: this.#reasonFor(error) });
      return [];
    }
  }

  /** @param present the number of channels that the client has without this one. */
  async #admit(connection: WebSocketConnection, channel: string, present: number): Promise<Membership[]> {
    try {
      return await this.#admission.admit([channel], connection, present);
    } catch (error) {
      const reason = this.#reasonFor(error);
      // A client that is told of a refusal would not ask again.
      if (refusalOf(error)?.status === 503) connection.close(closeCode.tryAgainLater, reason);
      else connection.tell({ type: 'refused', channel, reason });
      return [];
    }
  }

  async #send(connection: WebSocketConnection, message: ClientMessage & { type: 'send' }): Promise<void> {
    const { payload, ref } = message;
    if (this.#receiver === undefined) throw new FrameError('the gateway takes no messages: extra.receive is not set');
    const [only, ...others] = connection.memberships.keys();
    const channel = message.channel ?? (others.length === 0 ? only : undefined);
    if (channel === undefined) throw new FrameError('channel: missing (you listen to no channel or to several)');
    if (!connection.memberships.has(channel)) throw new FrameError(`you do not listen to ${JSON.stringify(channel)}`);
    const answer = await this.#receiver.receive(connection.client, channel, payload);
    // A client that sent a `ref` waits for the answer, even if there is none.
    if (answer !== undefined || ref !== undefined) connection.tell({ type: 'answer', ref, payload: answer ?? null });
  }

  /** The message for the client. It contains no details of internal errors. */
  #reasonFor(error: unknown): string {
    if (error instanceof FrameError || error instanceof HttpRefusal || error instanceof PgwampError)
      return error.message;
    this.#log.error({ err: error }, 'a frame of a client could not be handled');
    return 'internal error';
  }
}
