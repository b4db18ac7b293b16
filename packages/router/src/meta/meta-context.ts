import type { Dict, Payload } from '@pgwamp/protocol';
import type { Broker } from '../broker/broker.ts';
import type { BuiltIn } from '../dealer/built-in.ts';
import type { Dealer } from '../dealer/dealer.ts';
import type { MatchPolicy } from '../matching/pattern-map.ts';
import type { RealmContext } from '../realm/context.ts';
import type { Session } from '../session/session.ts';
import type { Testaments } from './testaments.ts';

/** The parts of a realm that its meta API uses. */
export interface MetaParts {
  readonly realm: RealmContext;
  readonly broker: Broker;
  readonly dealer: Dealer;
  readonly sessions: ReadonlyMap<number, Session>;
  /** Sends GOODBYE to a session and ends it before returning. */
  readonly kill: (session: Session, reason: string, message?: string) => void;
  /** Publishes on behalf of a session, with its authorization. */
  readonly publish: (session: Session, options: Dict, topic: string, payload: Payload) => void;
}

/** The state that the meta procedures share. */
export interface MetaContext extends RealmContext, Omit<MetaParts, 'realm'> {
  readonly testaments: Testaments;
  /** Runs a function that ends sessions, without publishing the meta events and testaments of those sessions. */
  readonly silently: <T>(act: () => T) => T;
}

/** The procedures of one group, by URI, with a function that creates each for a realm. */
export type MetaProcedures = readonly (readonly [uri: string, create: (context: MetaContext) => BuiltIn])[];

/** The ids of all subscriptions or registrations, grouped by match policy. */
export function idsByPolicy(all: Iterable<{ readonly id: number; readonly match: MatchPolicy }>): Dict {
  const lists: Record<MatchPolicy, number[]> = { exact: [], prefix: [], wildcard: [] };
  for (const { id, match } of all) lists[match].push(id);
  return lists;
}
