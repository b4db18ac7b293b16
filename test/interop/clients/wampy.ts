import { createRequire } from 'node:module';
import { Wampy } from 'wampy';
import { CborSerializer } from 'wampy/CborSerializer.js';
import { sign as signCryptosign } from 'wampy/cryptosign.js';
import { JsonSerializer } from 'wampy/JsonSerializer.js';
import { MsgpackSerializer } from 'wampy/MsgpackSerializer.js';
import { sign as signCra } from 'wampy/wampcra.js';
import { WebSocket } from 'ws';
import type { Address, Client, ClientKind, Credentials, Wire } from './client.ts';
import { failureFrom, WampyClient } from './wampy-client.ts';

const { version } = createRequire(createRequire(import.meta.url).resolve('wampy'))('../../package.json') as {
  version: string;
};

const serializers = { json: JsonSerializer, msgpack: MsgpackSerializer, cbor: CborSerializer };

type WampyOptions = Parameters<Wampy['setOptions']>[0];
type Plugins = NonNullable<WampyOptions['authPlugins']>;

function pluginFor(credentials: Credentials): Plugins[string] {
  switch (credentials.method) {
    case 'ticket':
      return () => credentials.ticket;
    case 'wampcra':
      return signCra(credentials.secret) as unknown as Plugins[string];
    case 'cryptosign':
      return signCryptosign(credentials.privateKey) as unknown as Plugins[string];
  }
}

function authentication(credentials: Credentials | undefined, publicKey: string): WampyOptions {
  if (credentials === undefined) return {};
  const { method, authid } = credentials;
  const plugins = { authMode: 'auto', authPlugins: { [method]: pluginFor(credentials) } } as const;
  return {
    authid,
    authmethods: [method],
    ...plugins,
    ...(method === 'cryptosign' && { authextra: { pubkey: publicKey } }),
  };
}

async function join(address: Address, { serializer }: Wire, credentials?: Credentials): Promise<Client> {
  const wampy = new Wampy(credentials === undefined ? address.url : address.authUrl, {
    realm: 'realm1',
    ws: WebSocket as never,
    serializer: new serializers[serializer](),
    autoReconnect: false,
    uriValidation: 'loose',
    ...authentication(credentials, credentials?.method === 'cryptosign' ? credentials.publicKey : ''),
  });
  try {
    return new WampyClient(wampy, await wampy.connect());
  } catch (error) {
    throw failureFrom(error);
  }
}

/** Wampy.js, by its documented API. */
export const wampy: ClientKind = {
  name: `Wampy.js ${version}`,
  wires: [
    { transport: 'websocket', serializer: 'json' },
    { transport: 'websocket', serializer: 'msgpack' },
    { transport: 'websocket', serializer: 'cbor' },
  ],
  join,
  close: () => Promise.resolve(),
};
