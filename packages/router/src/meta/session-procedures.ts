import { MetaProcedure, Uri } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';
import { sessionDetails } from '../session/identity.ts';
import type { Session } from '../session/session.ts';
import { idAt, optionalStringsAt } from './arguments.ts';
import type { MetaContext, MetaProcedures } from './meta-context.ts';

/** @throws RequestError `wamp.error.no_such_session` */
export function findSession({ sessions }: MetaContext, id: number): Session {
  const session = sessions.get(id);
  if (session === undefined) throw new RequestError(Uri.NO_SUCH_SESSION, `there is no session ${id}`);
  return session;
}

/** The sessions of the roles that a caller asks for, or all. */
function sessionsOf({ sessions }: MetaContext, args: readonly unknown[]): Session[] {
  const roles = optionalStringsAt(args, 0, 'filter_authroles');
  const all = [...sessions.values()];
  return roles === undefined ? all : all.filter(({ identity }) => roles.has(identity.authrole));
}

/** @see https://wamp-proto.org/wamp_latest_ietf.html#name-session-meta-api */
export const sessionProcedures: MetaProcedures = [
  [MetaProcedure.SESSION_COUNT, (context) => (_caller, args) => ({ args: [sessionsOf(context, args).length] })],
  [
    MetaProcedure.SESSION_LIST,
    (context) => (_caller, args) => ({ args: [sessionsOf(context, args).map(({ id }) => id)] }),
  ],
  [
    MetaProcedure.SESSION_GET,
    (context) => (_caller, args) => ({ args: [sessionDetails(findSession(context, idAt(args, 0, 'session')))] }),
  ],
];
