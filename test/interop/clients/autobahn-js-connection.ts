import { WampFailure } from '../wamp-failure.ts';
import { AutobahnJsClient } from './autobahn-js-client.ts';
import { type AutobahnSession, autobahn } from './autobahn-js-library.ts';
import type { Address, Client, Credentials, Dict, Wire } from './client.ts';

const serializers = {
  json: autobahn.serializer.JSONSerializer,
  msgpack: autobahn.serializer.MsgpackSerializer,
  cbor: autobahn.serializer.CBORSerializer,
};

function transportOf(address: Address, { transport, serializer }: Wire, url: string): object {
  if (transport === 'rawsocket') return { type: 'rawsocket', host: '127.0.0.1', port: address.rawSocketPort };
  return { type: 'websocket', url, serializers: [new serializers[serializer]()] };
}

interface CraChallenge {
  readonly challenge: string;
  readonly salt?: string;
  readonly iterations: number;
  readonly keylen: number;
}

function signCra(secret: string, extra: Dict): string {
  const { challenge, salt, iterations, keylen } = extra as unknown as CraChallenge;
  const key = salt === undefined ? secret : autobahn.auth_cra.derive_key(secret, salt, iterations, keylen);
  return autobahn.auth_cra.sign(key, challenge);
}

function cryptosign(privateKey: string, authid: string): object {
  const key = autobahn.nacl.sign.keyPair.fromSeed(Buffer.from(privateKey, 'hex'));
  return {
    authmethods: ['cryptosign'],
    authid,
    authextra: { pubkey: autobahn.auth_cryptosign.public_key(key) },
    onchallenge: (_session: unknown, _method: string, extra: Dict) =>
      autobahn.auth_cryptosign.sign_challenge(key, extra),
  };
}

function authentication(credentials: Credentials | undefined): object {
  if (credentials === undefined) return {};
  if (credentials.method === 'cryptosign') return cryptosign(credentials.privateKey, credentials.authid);
  const answer = (extra: Dict) =>
    credentials.method === 'ticket' ? credentials.ticket : signCra(credentials.secret, extra);
  return {
    authmethods: [credentials.method],
    authid: credentials.authid,
    onchallenge: (_session: unknown, _method: string, extra: Dict) => answer(extra),
  };
}

/** Opens a connection that joins realm1 and never reconnects. */
export async function connect(address: Address, wire: Wire, credentials?: Credentials): Promise<Client> {
  const url = credentials === undefined ? address.url : address.authUrl;
  const connection = new autobahn.Connection({
    realm: 'realm1',
    transports: [transportOf(address, wire, url)],
    max_retries: 0,
    // It tells an endpoint's WAMP error to the caller, and to this as well.
    on_user_error: () => {},
    ...authentication(credentials),
  });
  const joined = Promise.withResolvers<{ session: AutobahnSession; welcome: Dict }>();
  const closed = Promise.withResolvers<void>();
  connection.onopen = (session, welcome) => joined.resolve({ session, welcome });
  connection.onclose = (reason, details) => {
    joined.reject(new WampFailure(details.reason ?? reason, [details.message]));
    closed.resolve();
    return true;
  };
  connection.open();
  const { session, welcome } = await joined.promise;
  return new AutobahnJsClient(connection, session, welcome, closed.promise);
}
