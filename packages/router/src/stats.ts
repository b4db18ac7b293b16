import type { SessionEndCause } from './session/session-end.ts';

/** Counters since the creation of the router. */
export class Counters {
  messagesIn = 0;
  messagesOut = 0;
  /** Publications accepted. */
  publications = 0;
  /** EVENT messages sent. */
  events = 0;
  /** Calls passed on to a callee. */
  calls = 0;
  /** Requests answered with ERROR, and publications refused without an answer. */
  refused = 0;
  sessionsOpened = 0;
  readonly ended: Record<SessionEndCause, number> = {
    goodbye: 0,
    lost: 0,
    violation: 0,
    slow: 0,
    killed: 0,
    aborted: 0,
    shutdown: 0,
    fault: 0,
  };
}

/** The result of `router.stats()`: a copy with plain numbers. */
export interface RouterStats {
  /** Open connections, including those that have not sent HELLO yet. */
  readonly connections: number;
  /** Joined sessions. */
  readonly sessions: number;
  readonly subscriptions: number;
  readonly registrations: number;
  /** Events kept for later subscribers. */
  readonly retainedEvents: number;
  /** Calls that wait for their result. */
  readonly pendingCalls: number;
  /** Messages received and sent since the creation of the router, like the counters below. */
  readonly messagesIn: number;
  readonly messagesOut: number;
  /** Publications accepted. */
  readonly publications: number;
  /** EVENT messages sent. */
  readonly events: number;
  /** Calls passed on to a callee. */
  readonly calls: number;
  /** Requests answered with ERROR by the router, and publications refused without an answer. */
  readonly refused: number;
  /** Sessions that have joined. */
  readonly sessionsOpened: number;
  /** Sessions that have ended, by cause. */
  readonly sessionsEnded: Readonly<Record<SessionEndCause, number>>;
}
