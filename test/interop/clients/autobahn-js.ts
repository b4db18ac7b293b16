import { createRequire } from 'node:module';
import { connect } from './autobahn-js-connection.ts';
import type { ClientKind } from './client.ts';

const { version } = createRequire(import.meta.url)('autobahn/package.json') as { version: string };

/** AutobahnJS, by its documented API. */
export const autobahnJs: ClientKind = {
  name: `AutobahnJS ${version}`,
  wires: [
    { transport: 'websocket', serializer: 'json' },
    { transport: 'websocket', serializer: 'msgpack' },
    { transport: 'websocket', serializer: 'cbor' },
    { transport: 'rawsocket', serializer: 'json' },
  ],
  join: connect,
  close: () => Promise.resolve(),
};
