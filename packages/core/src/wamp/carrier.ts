import { connectRawSocket, nameOf } from './rawsocket.ts';
import type { FrameSocket, TransportConfiguration } from './transport-configuration.ts';
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

/** Within one process: milliseconds to join, and characters of a message. */
const memory = { timeout: 10_000, maxMessageSize: 512 * 1024 * 1024 };

/**
 * Connects to a router.
 *
 * @param role the role to have, where the router is in the same process and takes the application's word for it.
 * @throws `RouterUnreachableError` if it cannot be reached in time or refuses the handshake.
 */
export async function connectRouter(transport: RouterTransport, role: string | undefined): Promise<Carrier> {
  if (transport.type === 'memory') {
    return { ...memory, name: 'memory', socket: transport.router.attach(role === undefined ? {} : { authrole: role }) };
  }
  const { open_handshake_timeout: timeout, max_message_size } = transport.options;
  if (transport.type === 'websocket') {
    return {
      socket: await connectWebSocket(transport),
      name: transport.url,
      timeout,
      maxMessageSize: max_message_size,
    };
  }
  const { socket, maxMessageSize } = await connectRawSocket(transport);
  return {
    socket,
    name: nameOf(transport.endpoint),
    timeout,
    maxMessageSize: Math.min(maxMessageSize, max_message_size),
  };
}
