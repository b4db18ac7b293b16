import type { Inbox } from '../inbox.ts';

export type Dict = Readonly<Record<string, unknown>>;

/** For a request as the library sends it when its user gives no options. */
export const noOptions: Dict = {};

/** Arguments and ArgumentsKw; an absent one is an empty one. */
export interface Payload {
  readonly args: readonly unknown[];
  readonly kwargs: Dict;
}

/** An event or an invocation, with those of its details that the client shows. */
export interface Received extends Payload {
  readonly details: Dict;
}

/** Transport and serializer of a connection. */
export interface Wire {
  readonly transport: 'websocket' | 'rawsocket';
  readonly serializer: 'json' | 'msgpack' | 'cbor';
}

/** The addresses of a router. */
export interface Address {
  /** WebSocket, anonymous. */
  readonly url: string;
  /** WebSocket, for those who authenticate. */
  readonly authUrl: string;
  /** HTTP; its paths publish and call take what the bodies of requests say. */
  readonly httpUrl: string;
  /** RawSocket, anonymous, on 127.0.0.1. */
  readonly rawSocketPort: number;
}

export type Credentials =
  | { readonly method: 'ticket'; readonly authid: string; readonly ticket: string }
  | { readonly method: 'wampcra'; readonly authid: string; readonly secret: string }
  | { readonly method: 'cryptosign'; readonly authid: string; readonly privateKey: string; readonly publicKey: string };

/** The behavior of a procedure; every client implements all of them in its own language. */
export type Behaviour =
  /** Gives back its arguments. */
  | { readonly does: 'echo' }
  /** Gives back what its client shows of the INVOCATION's details. */
  | { readonly does: 'details' }
  /** Gives back a value. */
  | { readonly does: 'answer'; readonly value: unknown }
  /** Fails with a WAMP error of its own. */
  | { readonly does: 'fail'; readonly uri: string; readonly args: readonly unknown[]; readonly kwargs: Dict }
  /** As many progressive results as its first argument says, then a final one. */
  | { readonly does: 'progress' }
  /** Never answers. */
  | { readonly does: 'hang' };

export type CancelMode = 'skip' | 'kill' | 'killnowait';

export interface Call {
  /** @throws WampFailure */
  readonly result: Promise<Payload>;
  /** Progressive results. */
  readonly progress: Inbox<Payload>;
  cancel(mode?: CancelMode): void;
}

/** A joined session of one of the clients. */
export interface Client {
  readonly session: number;
  /** WELCOME.Details. */
  readonly welcome: Dict;
  subscribe(topic: string, options?: Dict): Promise<Inbox<Received>>;
  unsubscribe(topic: string): Promise<void>;
  /** With an acknowledgement; gives the publication id. */
  publish(topic: string, payload: Partial<Payload>, options?: Dict): Promise<number>;
  register(procedure: string, behaviour: Behaviour, options?: Dict): Promise<void>;
  unregister(procedure: string): Promise<void>;
  call(procedure: string, payload?: Partial<Payload>, options?: Dict): Call;
  leave(): Promise<void>;
}

/** One of the client libraries. */
export interface ClientKind {
  readonly name: string;
  readonly wires: readonly Wire[];
  /** @throws WampFailure when the router refuses */
  join(address: Address, wire: Wire, credentials?: Credentials): Promise<Client>;
  /** Ends what the kind itself has started. */
  close(): Promise<void>;
}
