import { MessageType } from '@pgwamp/protocol';
import type { DealerContext } from './context.ts';
import type { Registration } from './registration.ts';
import { tellUnregistered } from './registration-events.ts';

const REASON = 'another callee has registered the procedure';

/**
 * Takes a registration from all its callees; those that have announced the feature are told. Calls that they have been
 * passed still end in their results.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-registration-revocation
 */
export function revoke(context: DealerContext, registration: Registration): void {
  const details = { registration: registration.id, reason: REASON };
  for (const endpoint of [...registration.endpoints]) {
    // One that has left meanwhile is gone already: telling the others, or the realm, may end its session.
    if (!registration.endpoints.includes(endpoint)) continue;
    const { callee } = endpoint;
    context.registrations.detach(endpoint);
    if (callee.features.has('callee', 'registration_revocation')) callee.send([MessageType.UNREGISTERED, 0, details]);
    tellUnregistered(context, registration, callee);
  }
}
