import { randomInt } from 'node:crypto';
import {
  authenticationOk,
  authenticationSasl,
  authenticationSaslContinue,
  authenticationSaslFinal,
  backendKeyData,
  negotiateProtocolVersion,
  parameterStatus,
  readyForQuery,
} from './backend-messages.ts';
import { LinkFault, protocolViolation } from './link-fault.ts';
import type { Message } from './message-reader.ts';
import { mechanism, ScramExchange, type ScramVerifier } from './scram.ts';
import { readStartupPacket, type StartupPacket } from './startup.ts';

/** The only user. */
const user = 'crossbar';

/** What a connection must present. */
export interface HandshakeOptions {
  readonly realm: string;
  readonly verifier: ScramVerifier;
  /** Whether there is TLS, which then is a must. */
  readonly tls: boolean;
}

/** What a client is answered, and what comes next: another packet, TLS, a message, queries, or nothing. */
export interface HandshakeStep {
  readonly bytes: Buffer;
  readonly next: 'packet' | 'tls' | 'message' | 'queries' | 'close';
}

// Without these libpq, psql and node-postgres do not know how texts are written. DateStyle and IntervalStyle are left out, because dblink
// would set them for each query.
const parameters = Buffer.concat([
  parameterStatus('server_version', '18.0 (pgwamp)'),
  parameterStatus('server_encoding', 'UTF8'),
  parameterStatus('client_encoding', 'UTF8'),
  parameterStatus('integer_datetimes', 'on'),
  parameterStatus('standard_conforming_strings', 'on'),
]);

const nothing = Buffer.alloc(0);

/**
 * From the first byte of a connection to its first query. It owns no socket.
 *
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP
 */
export class Handshake {
  readonly #options: HandshakeOptions;
  #secure = false;
  #startup: ReadonlyMap<string, string> = new Map();
  #exchange: ScramExchange | undefined;

  constructor(options: HandshakeOptions) {
    this.#options = options;
  }

  /** @throws `LinkFault`, fatal. */
  packet(content: Buffer): HandshakeStep {
    const packet = readStartupPacket(content);
    if (packet.kind === 'startup') return this.#begin(packet);
    // There is nothing that a CancelRequest could end: the close of a connection cancels its calls.
    if (packet.kind === 'cancel') return { bytes: nothing, next: 'close' };
    if (packet.kind === 'gss' || !this.#options.tls || this.#secure) return { bytes: Buffer.from('N'), next: 'packet' };
    this.#secure = true;
    return { bytes: Buffer.from('S'), next: 'tls' };
  }

  /** @throws `LinkFault`, fatal, also for one who has not the secret. */
  message({ type, body }: Message): HandshakeStep {
    if (type !== 'p') throw protocolViolation(`expected SASL response, got message type ${JSON.stringify(type)}`);
    if (this.#exchange) return this.#verify(this.#exchange, body.toString());
    this.#exchange = new ScramExchange(this.#options.verifier);
    return { bytes: authenticationSaslContinue(this.#exchange.challenge(initialResponse(body))), next: 'message' };
  }

  #begin({ minor, parameters }: Extract<StartupPacket, { kind: 'startup' }>): HandshakeStep {
    const refusal = { fatal: true, hint: 'extra.link.tls of the Caller is configured: connect with sslmode=require.' };
    if (this.#options.tls && !this.#secure) throw new LinkFault('28000', 'the link takes TLS only', refusal);
    if (!parameters.get('user'))
      throw new LinkFault('28000', 'no user name specified in startup packet', { fatal: true });
    this.#startup = parameters;
    const unknown = [...parameters.keys()].filter((name) => name.startsWith('_pq_.'));
    const negotiation = minor > 0 || unknown.length > 0 ? negotiateProtocolVersion(unknown) : nothing;
    return { bytes: Buffer.concat([negotiation, authenticationSasl(mechanism)]), next: 'message' };
  }

  #verify(exchange: ScramExchange, message: string): HandshakeStep {
    const name = this.#startup.get('user') ?? '';
    const realm = this.#startup.get('database') ?? name;
    const answer = exchange.verify(message);
    // Another user learns as late as one without the secret, and nothing else.
    if (answer === undefined || name !== user) {
      throw new LinkFault('28P01', `password authentication failed for user ${JSON.stringify(name)}`, { fatal: true });
    }
    if (realm !== this.#options.realm) {
      throw new LinkFault('3D000', `realm ${JSON.stringify(realm)} is not served here`, { fatal: true });
    }
    const key = backendKeyData(process.pid, randomInt(2 ** 31));
    const bytes = [authenticationSaslFinal(answer), authenticationOk, parameters, key, readyForQuery];
    return { bytes: Buffer.concat(bytes), next: 'queries' };
  }
}

/** SASLInitialResponse: the mechanism, and what it says first. */
function initialResponse(body: Buffer): string {
  const end = body.indexOf(0);
  const chosen = body.toString('utf8', 0, Math.max(end, 0));
  if (chosen !== mechanism) throw protocolViolation('client selected an invalid SASL authentication mechanism');
  const begin = end + 1 + 4;
  if (body.length < begin || body.readInt32BE(end + 1) !== body.length - begin) {
    throw protocolViolation('invalid SASL initial response');
  }
  return body.toString('utf8', begin);
}
