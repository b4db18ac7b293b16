import type { Message } from '@pgwamp/protocol';
import type { Permission } from '../authorization/role.ts';
import type { Audience } from '../broker/audience.ts';
import type { Limits } from '../limits.ts';
import type { UriRules } from '../matching/uri-rules.ts';
import type { Session } from '../session/session.ts';
import type { Counters } from '../stats.ts';

/** The state that all realms of a router share. */
export interface RouterContext {
  readonly uris: UriRules;
  readonly limits: Limits;
  readonly counters: Counters;
  readonly sequentialRequests: boolean;
  /** Receives errors of the router itself that end no session. */
  readonly onError: (error: Error) => void;
}

/** Publishes an event of the router itself to all subscribers, or to those of an audience. */
export type Announce = (topic: string, args: readonly unknown[], audience?: Audience) => void;

/** The state that the parts of a realm share. */
export interface RealmContext extends RouterContext {
  readonly announce: Announce;
  /** Whether a topic has subscribers. Callers ask before they compute expensive arguments. */
  readonly isAnnounced: (topic: string) => boolean;
}

/**
 * Handles one kind of message that the authorization has permitted.
 *
 * @throws RequestError to refuse the request; the session continues
 * @throws ProtocolViolation to end the session
 */
export type Handler = (session: Session, message: Message, permission: Permission) => void;

/** The handlers of a role, by message code. */
export type Handlers = readonly (readonly [type: number, handler: Handler])[];
