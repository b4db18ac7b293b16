import type { Session } from '../session/session.ts';

/** A topic, and who is subscribed to it. All subscribers share its id. */
export class Subscription {
  readonly id: number;
  readonly topic: string;
  readonly subscribers = new Set<Session>();

  constructor(id: number, topic: string) {
    this.id = id;
    this.topic = topic;
  }
}
