import type { Broker } from '../broker/broker.ts';
import type { Dealer } from '../dealer/dealer.ts';
import type { Session } from '../session/session.ts';

/** Topics and procedures that are named of a session; more are only counted. */
const names = 20;

/** Sessions of a list, if a query does not say how many. */
const defaultLimit = 100;

/** Which sessions of a realm are listed. */
export interface SessionQuery {
  /** A part of the id, of `authid`, `authrole` or of the address, in any case; all sessions without it. */
  readonly search?: string;
  /** How many sessions; default 100. */
  readonly limit?: number;
}

/** A session, for the people who run the router. */
export interface SessionInfo {
  readonly session: number;
  readonly authid: string;
  readonly authrole: string;
  readonly authmethod: string;
  /** How it is connected: `websocket`, `rawsocket` or `memory`, and the address of the client. */
  readonly transport: { readonly type: string; readonly peer: string };
  /** Bytes that were sent to the client, and that neither it nor the operating system has taken. */
  readonly waitingBytes: number;
  readonly subscriptions: number;
  /** The topics and patterns that it subscribes to, 20 at most. */
  readonly topics: readonly string[];
  readonly registrations: number;
  /** The procedures and patterns that it has registered, 20 at most. */
  readonly procedures: readonly string[];
}

/** Some sessions of a realm. */
export interface SessionList {
  /** How many sessions there are that the query matches. */
  readonly count: number;
  /** Those for which most bytes wait come first, then those that have joined first. */
  readonly sessions: readonly SessionInfo[];
}

/** What a realm lends to the list of its sessions. */
export interface SessionSources {
  readonly sessions: ReadonlyMap<number, Session>;
  readonly broker: Broker;
  readonly dealer: Dealer;
}

/** Lists sessions. Of those beyond the limit nothing is read but who they are and how many bytes wait. */
export function listSessions(
  { sessions, broker, dealer }: SessionSources,
  { search = '', limit = defaultLimit }: SessionQuery,
): SessionList {
  const found: { readonly session: Session; readonly waitingBytes: number }[] = [];
  const text = search.toLowerCase();
  for (const session of sessions.values()) {
    if (text === '' || isFound(session, text)) found.push({ session, waitingBytes: session.transport.bufferedAmount });
  }
  found.sort((one, other) => other.waitingBytes - one.waitingBytes);
  const shown = found.slice(0, limit).map(({ session, waitingBytes }): SessionInfo => {
    const { id, identity, transport } = session;
    const { authid, authrole, authmethod } = identity;
    return {
      session: id,
      authid,
      authrole,
      authmethod,
      transport: { type: transport.kind, peer: transport.peer },
      waitingBytes,
      subscriptions: broker.subscriptions.countOf(session),
      topics: some(broker.subscriptions.of(session), ({ uri }) => uri),
      registrations: dealer.registrations.countOf(session),
      procedures: some(dealer.registrations.entriesOf(session), ({ registration }) => registration.procedure),
    };
  });
  return { count: found.length, sessions: shown };
}

function isFound({ id, identity: { authid, authrole }, transport: { peer } }: Session, text: string): boolean {
  return [String(id), authid, authrole, peer].some((value) => value.toLowerCase().includes(text));
}

function some<Item>(items: Iterable<Item>, nameOf: (item: Item) => string): string[] {
  return Iterator.from(items).take(names).map(nameOf).toArray();
}
