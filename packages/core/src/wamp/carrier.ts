import { type FrameSocket, json } from '@pgwamp/protocol';
import { connectRawSocket, nameOf } from './rawsocket.ts';
import type { TransportConfiguration } from './transport-configuration.ts';
import { connectWebSocket } from './websocket.ts';

/** The transports by which a component joins a router itself. */
export type RouterTransport = Exclude<TransportConfiguration, { type: 'session' }>;

/** A transport to a router that is open. */
export interface Carrier {
  readonly socket: FrameSocket;
  /** Where the router is, for people. */
  readonly name: string;
  /** Milliseconds that joining may take. */
  readonly timeout: number;
  /** Bytes of a message that may be sent. */
  readonly maxMessageSize: number;
}

/**
 * Connects to a router.
 *
 * @param role the role to have, where the router is in the same process and takes the application's word for it.
 * @throws `RouterUnreachableError` if it cannot be reached in time or refuses the handshake.
 */
export async function connectRouter(transport: RouterTransport, role: string | undefined): Promise<Carrier> {
  const maxMessageSize = transport.options.max_message_size;
  if (transport.type === 'memory') {
    const socket = transport.router.attach(role === undefined ? {} : { authrole: role });
    return { socket, name: 'memory', timeout: 10_000, maxMessageSize };
  }
  const timeout = transport.options.open_handshake_timeout;
  if (transport.type === 'websocket') {
    const { socket } = await connectWebSocket(transport);
    return { socket: socket as FrameSocket, name: transport.url, timeout, maxMessageSize };
  }
  const opened = await connectRawSocket(transport, json);
  return {
    socket: opened.socket as FrameSocket,
    name: nameOf(transport.endpoint),
    timeout,
    maxMessageSize: Math.min(opened.maxMessageSize, maxMessageSize),
  };
}
