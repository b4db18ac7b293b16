import type { Router } from '../../src/index.ts';
import { WampClient } from './wamp-client.ts';

/** The features that a client announces, by role. */
export interface Announced {
  readonly caller?: readonly string[];
  readonly callee?: readonly string[];
}

function role(features: readonly string[] = []): object {
  return { features: Object.fromEntries(features.map((feature) => [feature, true])) };
}

/** A client in memory that has joined and has announced what it is told to, as caller and callee. */
export async function attachWith(router: Router, { caller, callee }: Announced = {}): Promise<WampClient> {
  const client = WampClient.over(router.attach());
  const roles = { caller: role(caller), callee: role(callee), publisher: {}, subscriber: {} };
  await client.join('realm1', { roles });
  return client;
}
