import { MetaProcedure, Uri } from '@pgwamp/protocol';
import type { Registration } from '../dealer/registration.ts';
import { RequestError } from '../errors.ts';
import { idAt, matchAt, stringAt } from './arguments.ts';
import { idsByPolicy, type MetaContext, type MetaProcedures } from './meta-context.ts';

function registrationAt({ dealer }: MetaContext, args: readonly unknown[]): Registration {
  const id = idAt(args, 0, 'registration');
  const registration = dealer.registrations.get(id);
  if (registration === undefined) throw new RequestError(Uri.NO_SUCH_REGISTRATION, `there is no registration ${id}`);
  return registration;
}

function lookUp({ dealer }: MetaContext, args: readonly unknown[]): number | null {
  return dealer.registrations.find(matchAt(args, 1), stringAt(args, 0, 'procedure'))?.id ?? null;
}

function matchingId({ dealer }: MetaContext, args: readonly unknown[]): number | null {
  return dealer.registrations.best(stringAt(args, 0, 'procedure'))?.id ?? null;
}

/**
 * The procedures of the router itself are not registrations.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-registration-meta-api
 */
export const registrationProcedures: MetaProcedures = [
  [MetaProcedure.REGISTRATION_LIST, (context) => () => ({ args: [idsByPolicy(context.dealer.registrations)] })],
  [MetaProcedure.REGISTRATION_LOOKUP, (context) => (_caller, args) => ({ args: [lookUp(context, args)] })],
  [MetaProcedure.REGISTRATION_MATCH, (context) => (_caller, args) => ({ args: [matchingId(context, args)] })],
  [MetaProcedure.REGISTRATION_GET, (context) => (_caller, args) => ({ args: [registrationAt(context, args).details] })],
  [
    MetaProcedure.REGISTRATION_LIST_CALLEES,
    (context) => (_caller, args) => ({ args: [registrationAt(context, args).callees.map(({ callee }) => callee.id)] }),
  ],
  [
    MetaProcedure.REGISTRATION_COUNT_CALLEES,
    (context) => (_caller, args) => ({ args: [registrationAt(context, args).callees.length] }),
  ],
];
