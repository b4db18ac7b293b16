import { RequestError } from '../errors.ts';
import type { Dict } from '../protocol/shapes.ts';
import type { Session } from '../session/session.ts';
import { MetaProcedure, Uri } from '../uris.ts';
import { idAt, optionalString, stringAt } from './arguments.ts';
import type { MetaContext, MetaProcedures } from './meta-context.ts';
import { findSession } from './session-procedures.ts';

interface Farewell {
  readonly reason: string;
  readonly message: string | undefined;
}

/** What the client is told in GOODBYE. */
function farewellFrom({ uris }: MetaContext, kwargs: Dict): Farewell {
  const reason = optionalString(kwargs.reason, 'reason') ?? Uri.CLOSE_NORMAL;
  uris.assertValid(reason);
  return { reason, message: optionalString(kwargs.message, 'message') };
}

/** Ends the sessions that a test picks, except the caller's own, and gives their ids. */
function killThose(context: MetaContext, caller: Session, kwargs: Dict, isMeant: (session: Session) => boolean) {
  const { reason, message } = farewellFrom(context, kwargs);
  const victims = [...context.sessions.values()].filter((session) => session !== caller && isMeant(session));
  for (const victim of victims) context.kill(victim, reason, message);
  return victims.map(({ id }) => id);
}

function killOne(context: MetaContext, caller: Session, id: number, kwargs: Dict): void {
  const { reason, message } = farewellFrom(context, kwargs);
  if (id === caller.id) throw new RequestError(Uri.NO_SUCH_SESSION, 'a session cannot kill itself');
  context.kill(findSession(context, id), reason, message);
}

/** @see https://wamp-proto.org/wamp_latest_ietf.html#name-session-meta-api */
export function killProcedures(context: MetaContext): MetaProcedures {
  return [
    [
      MetaProcedure.SESSION_KILL,
      (caller, args, kwargs) => {
        killOne(context, caller, idAt(args, 0, 'session'), kwargs);
        return {};
      },
    ],
    [
      MetaProcedure.SESSION_KILL_BY_AUTHID,
      (caller, args, kwargs) => {
        const authid = stringAt(args, 0, 'authid');
        return { args: [killThose(context, caller, kwargs, ({ identity }) => identity.authid === authid)] };
      },
    ],
    [
      MetaProcedure.SESSION_KILL_BY_AUTHROLE,
      (caller, args, kwargs) => {
        const role = stringAt(args, 0, 'authrole');
        return { args: [killThose(context, caller, kwargs, ({ identity }) => identity.authrole === role).length] };
      },
    ],
    [
      MetaProcedure.SESSION_KILL_ALL,
      (caller, _args, kwargs) => ({
        args: [context.silently(() => killThose(context, caller, kwargs, () => true).length)],
      }),
    ],
  ];
}
