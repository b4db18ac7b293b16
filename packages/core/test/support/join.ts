import { authentication } from '@pgwamp/config';
import { type AttachableRouter, type TransportConfiguration, transport } from '@pgwamp/core/internal/wamp';
import { joinSession, type Session } from '../../src/wamp/index.ts';
import type { ScriptedPeer } from './scripted-peer.ts';
import { startScriptedRouter } from './scripted-router.ts';

/** Options that differ from the defaults of a test session. */
export interface JoinVariant {
  /** Options of the transport. */
  readonly options?: object;
  readonly endpoint?: object;
  /** Of a WebSocket. */
  readonly serializers?: readonly string[];
  /** Of a RawSocket. */
  readonly serializer?: string;
  readonly authentication?: object;
  readonly realm?: string;
  readonly onError?: (error: unknown, message: string) => void;
}

/** Joins by WebSocket. */
export function joinUrl(url: string, variant: JoinVariant = {}): Promise<Session> {
  return joinBy({ type: 'websocket', url }, variant);
}

/** Joins by RawSocket. */
export function joinRawSocket(endpoint: object, variant: JoinVariant = {}): Promise<Session> {
  return joinBy({ type: 'rawsocket', endpoint }, variant);
}

/** Joins a router in the same process. */
export function joinMemory(router: AttachableRouter, variant: JoinVariant = {}): Promise<Session> {
  return joinBy({ type: 'memory', router }, variant);
}

function joinBy(where: object, variant: JoinVariant): Promise<Session> {
  const { options, endpoint, serializers, serializer } = variant;
  const given = Object.entries({ options, endpoint, serializers, serializer }).filter(
    ([, value]) => value !== undefined,
  );
  const checked = transport.parse({ ...where, ...Object.fromEntries(given) });
  return joinSession({
    realm: variant.realm ?? 'realm1',
    transport: checked as Exclude<TransportConfiguration, { type: 'session' }>,
    authentication: authentication.parse(variant.authentication ?? {}),
    onError: variant.onError ?? fail,
  });
}

/** A session whose router a test plays itself. */
export interface ScriptedSession extends AsyncDisposable {
  readonly session: Session;
  readonly peer: ScriptedPeer;
  readonly hello: Record<string, unknown>;
}

export async function joinScripted(variant: JoinVariant = {}): Promise<ScriptedSession> {
  const router = await startScriptedRouter();
  const joining = joinUrl(router.url, variant);
  const peer = await router.peer();
  const hello = await peer.welcome();
  const session = await joining;
  return { session, peer, hello, [Symbol.asyncDispose]: () => router[Symbol.asyncDispose]() };
}

function fail(error: unknown): never {
  throw error;
}
