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

/** The only user name that the link accepts. */
const user = 'crossbar';

/** The requirements for a connection. */
export interface HandshakeOptions {
  readonly realm: string;
  readonly verifier: ScramVerifier;
  /** Whether TLS is available. Then it is also required. */
  readonly tls: boolean;
}

/** The answer to the client, and the next step: another packet, TLS, a message, queries, or closing. */
export interface HandshakeStep {
  readonly bytes: Buffer;
  readonly next: 'packet' | 'tls' | 'message' | 'queries' | 'close';
}

// libpq, psql and node-postgres need these parameters to interpret texts. DateStyle and IntervalStyle are omitted,
// because dblink would set them for each query.
const parameters = Buffer.concat([
  parameterStatus('server_version', '18.0 (pgwamp)'),
  parameterStatus('server_encoding', 'UTF8'),
  parameterStatus('client_encoding', 'UTF8'),
  parameterStatus('integer_datetimes', 'on'),
  parameterStatus('standard_conforming_strings', 'on'),
]);

const nothing = Buffer.alloc(0);

/**
 * Handles a connection from its first byte to its first query. It does not own the socket.
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

  /** @throws a fatal `LinkFault`. */
  packet(content: Buffer): HandshakeStep {
    const packet = readStartupPacket(content);
    if (packet.kind === 'startup') return this.#begin(packet);
    // A CancelRequest has no effect. Closing a connection cancels its calls.
    if (packet.kind === 'cancel') return { bytes: nothing, next: 'close' };
    if (packet.kind === 'gss' || !this.#options.tls || this.#secure) return { bytes: Buffer.from('N'), next: 'packet' };
    this.#secure = true;
    return { bytes: Buffer.from('S'), next: 'tls' };
  }

  /** @throws a fatal `LinkFault`, also if the client does not have the secret. */
  message({ type, body }: Message): HandshakeStep {
    if (type !== 'p') throw protocolViolation(`expected SASL response, got message type ${JSON.stringify(type)}`);
    if (this.#exchange) return this.#verify(this.#exchange, body.toString());
    this.#exchange = new ScramExchange(this.#options.verifier);
    return { bytes: authenticationSaslContinue(this.#exchange.challenge(initialResponse(body))), next: 'message' };
  }

  #begin({ minor, parameters }: Extract<StartupPacket, { kind: 'startup' }>): HandshakeStep {
    const refusal = { fatal: true, hint: 'extra.link.tls of the Caller is configured: connect with sslmode=require.' };
    if (this.#options.tls && !this.#secure) throw new LinkFault('28000', 'the link requires TLS', refusal);
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
    // A wrong user name is refused at the same step and with the same error as a wrong secret.
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

/** Parses SASLInitialResponse: the mechanism and the first message. */
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
