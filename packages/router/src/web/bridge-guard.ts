import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import { RouterOptionError } from '../errors.ts';
import { AllowedOrigins } from '../transports/allowed-origins.ts';
import { HttpError } from './http-error.ts';
import { assertSigned, type Signer } from './signature.ts';
import type { BridgeOptions } from './web-options.ts';

async function* chunksOf(request: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    yield* request;
  } catch (error) {
    throw new HttpError(400, `the body was cut short: ${(error as Error).message}`);
  }
}

/**
 * Reads the body of a request and keeps at most the limit.
 *
 * @throws HttpError 413 if it is longer
 */
async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunksOf(request)) {
    length += chunk.length;
    if (length > limit) throw new HttpError(413, `the body may have at most ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

const DEFAULT_DELTA = 300;

function signerFrom(options: BridgeOptions, path: string): Signer | undefined {
  const { key, secret, timestamp_delta_limit = DEFAULT_DELTA } = options;
  if (key === undefined && secret === undefined) return undefined;
  if (key !== undefined && secret !== undefined) return { key, secret, timestampDeltaLimit: timestamp_delta_limit };
  throw new RouterOptionError(`${path}: key and secret must be set together, found one of them`);
}

/** Decides which requests reach a bridge. */
export class BridgeGuard {
  readonly #signer: Signer | undefined;
  readonly #isAllowed: ((address: string) => boolean) | undefined;
  readonly #needsTls: boolean;
  readonly #origins: AllowedOrigins | undefined;
  readonly #bodyLimit: number;

  /** @throws RouterOptionError naming the path of the wrong option */
  constructor(options: BridgeOptions, path: string, maxBody: number) {
    this.#signer = signerFrom(options, path);
    this.#isAllowed = options.require_ip && allowedAddresses(options.require_ip, `${path}.require_ip`);
    this.#needsTls = options.require_tls === true;
    const { allowed_origins } = options;
    // A signature already excludes pages, which do not have the secret.
    this.#origins =
      allowed_origins === undefined && this.#signer !== undefined ? undefined : new AllowedOrigins(allowed_origins);
    this.#bodyLimit = Math.min(options.post_body_limit ?? maxBody, maxBody);
  }

  /**
   * Checks a request and returns its body.
   *
   * @throws HttpError
   */
  async admit(request: IncomingMessage): Promise<Buffer> {
    this.#assertMethod(request);
    this.#assertSource(request);
    const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
    const assertBody = this.#signer && assertSigned(query, this.#signer);
    const body = await readBody(request, this.#bodyLimit);
    assertBody?.(body);
    return body;
  }

  /**
   * A page of another origin can make a browser send a form or text, but not JSON, without permission of the server.
   */
  #assertMethod({ method, headers }: IncomingMessage): void {
    if (method !== 'POST' && method !== 'PUT') throw new HttpError(405, 'only POST and PUT are allowed here');
    const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(/\s*;\s*/);
    const charset = parameters.find((parameter) => parameter.startsWith('charset='));
    if (type.trim() !== 'application/json') throw new HttpError(400, 'the content type must be application/json');
    if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset))
      throw new HttpError(400, 'the charset must be UTF-8');
  }

  #assertSource(request: IncomingMessage): void {
    const { socket, headers } = request;
    if (this.#origins?.allows(request) === false) {
      throw new HttpError(
        403,
        `pages of the origin ${headers.origin} may not send requests: allowed_origins does not contain it`,
      );
    }
    if (this.#needsTls && !(socket instanceof TLSSocket)) throw new HttpError(403, 'only by TLS');
    if (this.#isAllowed?.(socket.remoteAddress ?? '') === false)
      throw new HttpError(403, 'requests from this address are not allowed');
  }
}

const MAPPED = '::ffff:';

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

function add(list: BlockList, network: string, path: string): void {
  const [address = '', prefix] = network.split('/');
  try {
    if (isIP(address) === 0) throw new TypeError('no address');
    if (prefix === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(prefix), familyOf(address));
  } catch (error) {
    const found = JSON.stringify(network);
    throw new RouterOptionError(`${path}: expected an address or a network, found ${found}`, { cause: error });
  }
}

/**
 * Creates a test for allowed addresses.
 *
 * @throws RouterOptionError for an entry that is neither an address nor a network
 */
function allowedAddresses(networks: readonly string[], path: string): (address: string) => boolean {
  const list = new BlockList();
  for (const [index, network] of networks.entries()) add(list, network, `${path}[${index}]`);
  return (address) => {
    const plain = address.startsWith(MAPPED) ? address.slice(MAPPED.length) : address;
    return isIP(plain) !== 0 && list.check(plain, familyOf(plain));
  };
}
