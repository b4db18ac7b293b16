import type { Registration } from '../dealer/registration.ts';
import { RequestError } from '../errors.ts';
import { MetaProcedure, Uri } from '../uris.ts';
import { idAt, matchAt, stringAt } from './arguments.ts';
import type { MetaContext, MetaProcedures } from './meta-context.ts';

function registrationAt({ dealer }: MetaContext, args: readonly unknown[]): Registration {
  const id = idAt(args, 0, 'registration');
  const registration = dealer.registrations.withId(id);
  if (registration === undefined) throw new RequestError(Uri.NO_SUCH_REGISTRATION, `there is no registration ${id}`);
  return registration;
}

/**
 * The router's own procedures are not among the registrations.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-registration-meta-api
 */
export function registrationProcedures(context: MetaContext): MetaProcedures {
  const { registrations } = context.dealer;
  return [
    [MetaProcedure.REGISTRATION_LIST, () => ({ args: [registrations.list()] })],
    [
      MetaProcedure.REGISTRATION_LOOKUP,
      (_caller, args) => ({
        args: [registrations.lookup(matchAt(args, 1), stringAt(args, 0, 'procedure'))?.id ?? null],
      }),
    ],
    [
      MetaProcedure.REGISTRATION_MATCH,
      (_caller, args) => ({ args: [registrations.best(stringAt(args, 0, 'procedure'))?.id ?? null] }),
    ],
    [MetaProcedure.REGISTRATION_GET, (_caller, args) => ({ args: [registrationAt(context, args).details] })],
    [MetaProcedure.REGISTRATION_LIST_CALLEES, (_caller, args) => ({ args: [registrationAt(context, args).callees] })],
    [
      MetaProcedure.REGISTRATION_COUNT_CALLEES,
      (_caller, args) => ({ args: [registrationAt(context, args).callees.length] }),
    ],
  ];
}
