import type { Broker } from '../broker/broker.ts';
import type { Dealer } from '../dealer/dealer.ts';
import type { Session } from '../session/session.ts';

/** The limit of topics and of procedures that are listed for a session; the rest is only counted. */
const names = 20;

/** The default limit of sessions in a list. */
const defaultLimit = 100;

/** A query for sessions of a realm. */
export interface SessionQuery {
  /** A part of the id, `authid`, `authrole` or address, in any case. Without it, all sessions match. */
  readonly search?: string;
  /** The limit of listed sessions; default 100. */
  readonly limit?: number;
}

/** A session, described for operators. */
export interface SessionInfo {
  readonly session: number;
  readonly authid: string;
  readonly authrole: string;
  readonly authmethod: string;
  /** The transport: `websocket`, `rawsocket` or `memory`, and the address of the client. */
  readonly transport: { readonly type: string; readonly peer: string };
  /** The bytes sent to the client that neither it nor the operating system has taken yet. */
  readonly waitingBytes: number;
  readonly subscriptions: number;
  /** The topics and patterns that it subscribes to, at most 20. */
  readonly topics: readonly string[];
  readonly registrations: number;
  /** The procedures and patterns that it has registered, at most 20. */
  readonly procedures: readonly string[];
}

/** Some sessions of a realm. */
export interface SessionList {
  /** The number of sessions that match the query. */
  readonly count: number;
  /** Ordered by waiting bytes, largest first, then by the time of joining. */
  readonly sessions: readonly SessionInfo[];
}

/** The parts of a realm that the session list reads. */
export interface SessionSources {
  readonly sessions: ReadonlyMap<number, Session>;
  readonly broker: Broker;
  readonly dealer: Dealer;
}

/** Lists sessions. For sessions beyond the limit, it reads only identity and waiting bytes. */
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
