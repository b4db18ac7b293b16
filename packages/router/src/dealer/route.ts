import { Uri } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';
import { isReserved } from '../matching/uri-rules.ts';
import type { BuiltIn } from './built-in.ts';
import type { DealerContext } from './context.ts';
import type { Registration } from './registration.ts';

/**
 * What a call of `procedure` goes to. A procedure of the protocol is the router's own; no pattern of a client's may
 * take it over. A URI that is registered exactly has been found valid at that time.
 *
 * @throws RequestError `wamp.error.invalid_uri` or `wamp.error.no_such_procedure`
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-pattern-reg
 */
export function route({ uris, registrations, builtIns }: DealerContext, procedure: string): Registration | BuiltIn {
  const exact = registrations.find('exact', procedure);
  if (exact !== undefined) return exact;
  uris.assertValid(procedure);
  const found = isReserved(procedure) ? builtIns.get(procedure) : registrations.best(procedure);
  if (found !== undefined) return found;
  throw new RequestError(Uri.NO_SUCH_PROCEDURE, `no callee has registered ${procedure}`);
}
