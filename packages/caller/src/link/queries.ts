import { isUtf8 } from 'node:buffer';
import { commandComplete, emptyQueryResponse, errorResponse, readyForQuery } from './backend-messages.ts';
import type { Call } from './call.ts';
import { ConnectionCalls } from './connection-calls.ts';
import { LinkFault, protocolViolation } from './link-fault.ts';
import type { Message } from './message-reader.ts';
import { RequestReader } from './request.ts';
import { answerOf, type Row } from './row.ts';

const encodingStatement = /^\s*set\s+client_encoding\s+to\s+'?([\w-]+)'?\s*;?\s*$/i;

/** Encodings for which UTF-8 needs no conversion. */
const encodings = ['UTF8', 'UTF-8', 'UNICODE', 'SQL_ASCII'];

/** Messages of the extended protocol. After the first one, everything up to the Sync is skipped. */
const extended = 'PBDECH';
/** Messages of a COPY that was refused. */
const copy = 'dcf';

const moved: Row = { kind: 'moved', payload: null, args: null, kwargs: null };

/** The queries of an authenticated connection. Messages are answered one after the other. */
export class Queries {
  /** Whether an answer is due. The next message must wait for it. */
  busy = false;
  /** Whether no more calls may be started, except while another one is open. */
  leaving = false;
  readonly #send: (bytes: Buffer) => void;
  readonly #calls: ConnectionCalls;
  readonly #reader = new RequestReader();
  #skipping = false;
  #foreignEncoding: string | undefined;

  /** @param send sends bytes to the client. If `busy` is false afterwards, the next message may be processed. */
  constructor(call: Call, send: (bytes: Buffer) => void) {
    this.#send = send;
    this.#calls = new ConnectionCalls(call, this.#answer);
  }

  /** @throws `LinkFault` */
  message({ type, body }: Message): void {
    if (type === 'S') this.#synchronize();
    else if (this.#skipping || copy.includes(type)) return;
    else if (type === 'Q') this.#query(body);
    else if (extended.includes(type)) this.#refuseExtended();
    else if (type === 'F') throw new LinkFault('0A000', 'the link has no functions');
    else throw protocolViolation(`invalid frontend message type ${JSON.stringify(type)}`);
  }

  /** Answers with an error. */
  refuse(fault: LinkFault): void {
    this.busy = false;
    this.#send(Buffer.concat([errorResponse(fault), readyForQuery]));
  }

  /** Whether no answer is due and no call is open. */
  get idle(): boolean {
    return !this.busy && this.#calls.idle;
  }

  /** Cancels all calls. */
  close(reason: string): void {
    this.#calls.close(reason);
  }

  #query(body: Buffer): void {
    const text = this.#textOf(body);
    const encoding = encodingStatement.exec(text)?.[1];
    if (encoding !== undefined) {
      this.#setEncoding(encoding.toUpperCase());
      return;
    }
    if (text.trim() === '') {
      this.#send(Buffer.concat([emptyQueryResponse, readyForQuery]));
      return;
    }
    if (this.#foreignEncoding !== undefined) throw notSpoken(this.#foreignEncoding);
    const request = this.#reader.read(text);
    const begins = request.kind === 'call' || request.kind === 'each';
    this.busy = true;
    if (this.leaving && begins && this.#calls.idle) this.#answer([moved]);
    else this.#calls.answer(request);
  }

  #textOf(body: Buffer): string {
    if (body.at(-1) !== 0) throw protocolViolation('invalid string in message');
    const bytes = body.subarray(0, -1);
    if (isUtf8(bytes)) return bytes.toString();
    if (this.#foreignEncoding !== undefined) throw notSpoken(this.#foreignEncoding);
    throw new LinkFault('22021', 'invalid byte sequence for encoding "UTF8"');
  }

  /**
   * dblink ignores a refusal of this statement, and would interpret our UTF-8 as text in the encoding of its database.
   * Therefore later queries are refused too.
   */
  #setEncoding(encoding: string): void {
    this.#foreignEncoding = encodings.includes(encoding) ? undefined : encoding;
    if (this.#foreignEncoding !== undefined) throw notSpoken(encoding);
    this.#send(Buffer.concat([commandComplete('SET'), readyForQuery]));
  }

  #synchronize(): void {
    this.#skipping = false;
    this.#send(readyForQuery);
  }

  #refuseExtended(): void {
    this.#skipping = true;
    const hint = 'Send queries without parameters, by the simple protocol.';
    this.#send(
      errorResponse(new LinkFault('0A000', 'the link does not support the extended query protocol', { hint })),
    );
  }

  readonly #answer = (rows: readonly Row[]): void => {
    this.busy = false;
    this.#send(answerOf(rows));
  };
}

function notSpoken(encoding: string): LinkFault {
  const hint = 'crossbar.call needs a database with the encoding UTF8.';
  return new LinkFault('0A000', `the link only supports UTF8, not ${encoding}`, { hint });
}
