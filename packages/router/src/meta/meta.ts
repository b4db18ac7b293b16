import { MetaProcedure, MetaTopic } from '@pgwamp/protocol';
import { sessionDetails } from '../session/identity.ts';
import type { Session } from '../session/session.ts';
import { eventHistoryProcedure } from './event-history-procedure.ts';
import type { MetaContext, MetaParts, MetaProcedures } from './meta-context.ts';
import { registrationProcedures } from './registration-procedures.ts';
import { sessionProcedures } from './session-procedures.ts';
import { subscriptionProcedures } from './subscription-procedures.ts';
import { testamentProcedures } from './testament-procedures.ts';
import { Testaments } from './testaments.ts';

const PROCEDURES: MetaProcedures = [
  ...sessionProcedures,
  ...registrationProcedures,
  ...subscriptionProcedures,
  [MetaProcedure.SUBSCRIPTION_GET_EVENTS, eventHistoryProcedure],
  ...testamentProcedures,
];

/**
 * The meta API of a realm: procedures and events about its sessions, subscriptions and registrations.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-meta-api
 */
export class Meta {
  readonly #context: MetaContext;
  readonly #testaments = new Testaments();
  #isSilent = false;

  constructor({ realm, ...parts }: MetaParts) {
    const silently: MetaContext['silently'] = (act) => this.#silently(act);
    this.#context = { ...realm, ...parts, testaments: this.#testaments, silently };
    for (const [uri, create] of PROCEDURES) parts.dealer.provide(uri, create(this.#context));
  }

  joined(session: Session): void {
    if (!this.#context.isAnnounced(MetaTopic.SESSION_ON_JOIN)) return;
    this.#context.announce(MetaTopic.SESSION_ON_JOIN, [sessionDetails(session)]);
  }

  /** Call it after the session has left broker and dealer. */
  left(session: Session): void {
    const testaments = this.#testaments.take(session);
    if (this.#isSilent) return;
    for (const { topic, options, payload } of testaments) this.#context.publish(session, options, topic, payload);
    const { authid, authrole } = session.identity;
    this.#context.announce(MetaTopic.SESSION_ON_LEAVE, [session.id, authid, authrole]);
  }

  #silently<T>(act: () => T): T {
    this.#isSilent = true;
    try {
      return act();
    } finally {
      this.#isSilent = false;
    }
  }
}
