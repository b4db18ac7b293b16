import type { Dict, Payload } from '@pgwamp/protocol';
import type { Broker } from '../broker/broker.ts';
import type { BuiltIn } from '../dealer/built-in.ts';
import type { Dealer } from '../dealer/dealer.ts';
import type { MatchPolicy } from '../matching/pattern-map.ts';
import type { RealmContext } from '../realm/context.ts';
import type { Session } from '../session/session.ts';
import type { Testaments } from './testaments.ts';

/** What the realm lends to its meta API. */
export interface MetaParts {
  readonly realm: RealmContext;
  readonly broker: Broker;
  readonly dealer: Dealer;
  readonly sessions: ReadonlyMap<number, Session>;
  /** Says GOODBYE to a session and ends it, before this returns. */
  readonly kill: (session: Session, reason: string, message?: string) => void;
  /** Publishes as if a session did, with all that authorization has to say about it. */
  readonly publish: (session: Session, options: Dict, topic: string, payload: Payload) => void;
}

/** What meta procedures work on. */
export interface MetaContext extends RealmContext, Omit<MetaParts, 'realm'> {
  readonly testaments: Testaments;
  /** Runs an act that ends sessions without events or testaments that would tell of it. */
  readonly silently: <T>(act: () => T) => T;
}

/** Procedures of one group, by URI, each to be made for a realm. */
export type MetaProcedures = readonly (readonly [uri: string, create: (context: MetaContext) => BuiltIn])[];

/** The ids of all subscriptions or registrations, apart by how they match. */
export function idsByPolicy(all: Iterable<{ readonly id: number; readonly match: MatchPolicy }>): Dict {
  const lists: Record<MatchPolicy, number[]> = { exact: [], prefix: [], wildcard: [] };
  for (const { id, match } of all) lists[match].push(id);
  return lists;
}
