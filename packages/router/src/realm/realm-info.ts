import type { Realm } from './realm.ts';

/** What is going on in one realm; the numbers are live. */
export interface RealmInfo {
  readonly name: string;
  readonly sessions: number;
  readonly subscriptions: number;
  readonly registrations: number;
  readonly pendingCalls: number;
}

/** What the application sees of a realm. */
export function infoOf(realm: Realm): RealmInfo {
  return {
    name: realm.name,
    get sessions() {
      return realm.sessionCount;
    },
    get subscriptions() {
      return realm.broker.subscriptions.size;
    },
    get registrations() {
      return realm.dealer.registrations.size;
    },
    get pendingCalls() {
      return realm.dealer.calls.size;
    },
  };
}
