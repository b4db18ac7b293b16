import { createRouter, type RouterOptions } from '@pgwamp/router';
import type { Session } from '../../src/wamp/index.ts';
import { type JoinVariant, joinRawSocket, joinUrl } from './join.ts';

export const serializers = ['json', 'msgpack', 'cbor'] as const;
type SerializerName = (typeof serializers)[number];

/** A router, and sessions that join it by each transport and serializer. */
export async function startWires(options: Partial<RouterOptions> = {}) {
  const router = createRouter({ realms: ['realm1'], ...options });
  const { url } = await router.listen();
  const { port } = await router.listen({ type: 'rawsocket', endpoint: { type: 'tcp', port: 0 } });
  const endpoint = { type: 'tcp', host: '127.0.0.1', port };
  const joinBy = {
    WebSocket: (name: SerializerName, variant?: JoinVariant) => joinUrl(url, { ...variant, serializers: [name] }),
    'batched WebSocket': (name: SerializerName, variant?: JoinVariant) =>
      joinUrl(url, { ...variant, serializers: [`${name}.batched`] }),
    RawSocket: (name: SerializerName, variant?: JoinVariant) =>
      joinRawSocket(endpoint, { ...variant, serializer: name }),
  };
  return { router, url, endpoint, joinBy, [Symbol.asyncDispose]: () => router.close() };
}

/** Every transport with every serializer. */
export const wires: readonly (readonly [transport: keyof Joins, serializer: SerializerName])[] = (
  ['WebSocket', 'batched WebSocket', 'RawSocket'] as const
).flatMap((transport) => serializers.map((serializer) => [transport, serializer] as const));

type Joins = Record<
  'WebSocket' | 'batched WebSocket' | 'RawSocket',
  (name: SerializerName, variant?: JoinVariant) => Promise<Session>
>;
