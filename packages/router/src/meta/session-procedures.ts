import { type Dict, MetaProcedure, Uri } from '@pgwamp/protocol';
import type { BuiltIn } from '../dealer/built-in.ts';
import { RequestError } from '../errors.ts';
import { sessionDetails } from '../session/identity.ts';
import type { Session } from '../session/session.ts';
import { idAt, optionalString, optionalStringsAt, stringAt } from './arguments.ts';
import type { MetaContext, MetaProcedures } from './meta-context.ts';

/** @throws RequestError `wamp.error.no_such_session` */
function findSession({ sessions }: MetaContext, id: number): Session {
  const session = sessions.get(id);
  if (session === undefined) throw new RequestError(Uri.NO_SUCH_SESSION, `there is no session ${id}`);
  return session;
}

/** The sessions with the roles in the first argument, or all. */
function sessionsOf({ sessions }: MetaContext, args: readonly unknown[]): Session[] {
  const roles = optionalStringsAt(args, 0, 'filter_authroles');
  const all = [...sessions.values()];
  return roles === undefined ? all : all.filter(({ identity }) => roles.has(identity.authrole));
}

interface Goodbye {
  readonly reason: string;
  readonly message: string | undefined;
}

/** The reason and the message of GOODBYE. */
function goodbyeFrom({ uris }: MetaContext, kwargs: Dict): Goodbye {
  const reason = optionalString(kwargs.reason, 'reason') ?? Uri.CLOSE_KILLED;
  uris.assertValid(reason);
  return { reason, message: optionalString(kwargs.message, 'message') };
}

/** Ends the sessions that match a test, except the caller's own, and returns their ids. */
function killThose(context: MetaContext, caller: Session, kwargs: Dict, isMeant: (session: Session) => boolean) {
  const { reason, message } = goodbyeFrom(context, kwargs);
  const victims = [...context.sessions.values()].filter((session) => session !== caller && isMeant(session));
  for (const victim of victims) context.kill(victim, reason, message);
  return victims.map(({ id }) => id);
}

function kill(context: MetaContext): BuiltIn {
  return (caller, args, kwargs) => {
    const id = idAt(args, 0, 'session');
    const { reason, message } = goodbyeFrom(context, kwargs);
    if (id === caller.id) throw new RequestError(Uri.NO_SUCH_SESSION, 'a session cannot kill itself');
    context.kill(findSession(context, id), reason, message);
    return {};
  };
}

function killByAuthid(context: MetaContext): BuiltIn {
  return (caller, args, kwargs) => {
    const authid = stringAt(args, 0, 'authid');
    return { args: [killThose(context, caller, kwargs, ({ identity }) => identity.authid === authid)] };
  };
}

function killByAuthrole(context: MetaContext): BuiltIn {
  return (caller, args, kwargs) => {
    const role = stringAt(args, 0, 'authrole');
    return { args: [killThose(context, caller, kwargs, ({ identity }) => identity.authrole === role).length] };
  };
}

function killAll(context: MetaContext): BuiltIn {
  return (caller, _args, kwargs) => {
    const killed = context.silently(() => killThose(context, caller, kwargs, () => true));
    return { args: [killed.length] };
  };
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
  [MetaProcedure.SESSION_KILL, kill],
  [MetaProcedure.SESSION_KILL_BY_AUTHID, killByAuthid],
  [MetaProcedure.SESSION_KILL_BY_AUTHROLE, killByAuthrole],
  [MetaProcedure.SESSION_KILL_ALL, killAll],
];
