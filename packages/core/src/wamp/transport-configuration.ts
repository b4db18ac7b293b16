import { constants } from 'node:buffer';
import { bytes, type ConnectingEndpoint, connectingEndpoint, integer, milliseconds } from '@pgwamp/config';
import type { FrameSocket } from '@pgwamp/protocol';
import * as z from 'zod';

const messageBytes = bytes({ min: 1024, max: constants.MAX_STRING_LENGTH });
const maxMessageSize = messageBytes.default(16 * 1024 * 1024).describe('limit on the bytes of a sent message');
const maxDepth = integer({ min: 2, max: 1000 })
  .default(128)
  .describe('limit on the levels of nested lists and objects in a sent message, the message included');

const limits = z
  .strictObject({ max_message_size: maxMessageSize, max_depth: maxDepth })
  .prefault({})
  .describe('limits of messages');

const options = z
  .strictObject({
    max_message_size: maxMessageSize.describe(
      'limit on the bytes of a sent message: set it to the limit of the router. By RawSocket at most 16,777,215, or the limit that the router announces',
    ),
    max_depth: maxDepth,
    max_received_size: messageBytes
      .default(64 * 1024 * 1024)
      .describe('limit on the bytes of a received message; a longer one closes the connection'),
    open_handshake_timeout: milliseconds({ min: 1 })
      .default(10_000)
      .describe('milliseconds until the session is joined'),
    auto_ping_interval: milliseconds()
      .default(10_000)
      .describe('milliseconds of silence before a ping; 0 for no pings'),
    auto_ping_timeout: milliseconds({ min: 1 }).default(5000).describe('milliseconds to wait for a pong'),
  })
  .prefault({})
  .describe('limits of messages and times');

const serializer = z.enum(['json', 'msgpack', 'cbor']);

const websocket = z.strictObject({
  type: z.literal('websocket'),
  url: z
    .string()
    .regex(/^wss?:\/\//, { error: 'a URL such as ws://127.0.0.1:8080/ws' })
    .describe('the URL of the router: ws:// or wss://'),
  endpoint: connectingEndpoint.optional().describe('address to connect to, instead of the host and port of the URL'),
  serializers: z
    .array(z.enum(serializer.options.flatMap((name) => [name, `${name}.batched`] as const)))
    .min(1)
    .default(['json'])
    .describe('serializers to offer, in order of preference'),
  options,
});

const rawsocket = z.strictObject({
  type: z.literal('rawsocket'),
  endpoint: connectingEndpoint.describe('address to connect to'),
  serializer: serializer.default('json').describe('serializer to use'),
  options,
});

/** A router in the same process, such as `createRouter()` of `@pgwamp/router` returns. */
export interface AttachableRouter {
  attach(options?: { readonly authrole?: string }): FrameSocket;
}

/** The parts of an AutobahnJS session that are used. */
export interface AutobahnSessionLike {
  readonly id: number | null;
  readonly isOpen: boolean;
  publish(topic: string, args?: unknown[], kwargs?: object, options?: object): PromiseLike<{ id: number }> | undefined;
  subscribe(topic: string, handler: AutobahnHandler, options?: object): PromiseLike<AutobahnSubscriptionLike>;
  unsubscribe(subscription: AutobahnSubscriptionLike): PromiseLike<unknown>;
  call(procedure: string, args?: unknown[], kwargs?: object, options?: object): PromiseLike<unknown>;
  register(procedure: string, endpoint: AutobahnEndpoint, options?: object): PromiseLike<AutobahnRegistrationLike>;
  unregister(registration: AutobahnRegistrationLike): PromiseLike<unknown>;
}

/** The event handler of AutobahnJS. */
type AutobahnHandler = (
  args: unknown[],
  kwargs: Record<string, unknown>,
  details: { readonly publication: number; readonly topic: string },
) => void;

/** The call endpoint of AutobahnJS. */
export type AutobahnEndpoint = (
  args: unknown[],
  kwargs: Record<string, unknown>,
  details: { readonly procedure: string; readonly progress: ((args?: unknown[], kwargs?: object) => void) | null },
) => unknown;

/** A subscription of AutobahnJS. */
interface AutobahnSubscriptionLike {
  readonly active: boolean;
  readonly on_unsubscribe: PromiseLike<unknown>;
}

/** A registration of AutobahnJS. */
interface AutobahnRegistrationLike {
  readonly active: boolean;
  readonly on_unregister: PromiseLike<unknown>;
}

function has(value: unknown, method: string): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, method) === 'function';
}

const memory = z.strictObject({
  type: z.literal('memory'),
  router: z
    .custom<AttachableRouter>((value) => has(value, 'attach'), { error: 'a router with the method attach()' })
    .describe('a router of createRouter()'),
  options: limits,
});

const session = z.strictObject({
  type: z.literal('session'),
  session: z
    .custom<AutobahnSessionLike>((value) => has(value, 'publish'), { error: 'an AutobahnJS session' })
    .describe('a session of AutobahnJS that has joined'),
  options: limits,
});

/** `transport`: the connection of a component to its router. */
export const transport = z.discriminatedUnion('type', [websocket, rawsocket, memory, session], {
  error: 'an object with type "websocket", "rawsocket", "memory" or "session"',
});

/** The validated transport. */
export type TransportConfiguration = z.output<typeof transport>;
/** The validated WebSocket transport. */
export type WebSocketConfiguration = z.output<typeof websocket>;
/** The validated RawSocket transport. */
export type RawSocketConfiguration = z.output<typeof rawsocket>;
/** The address of a router. */
export type Endpoint = ConnectingEndpoint;
