import { RequestError } from '../errors.ts';
import type { RequestHead } from '../protocol/message.ts';
import { MessageType } from '../protocol/message-type.ts';
import type { Dict } from '../protocol/shapes.ts';
import type { Handler } from '../realm/handler.ts';
import type { Session } from '../session/session.ts';
import { Uri } from '../uris.ts';
import type { DealerContext } from './dealer.ts';

/** Options that change which calls a callee gets; taking them for the default would look like success. */
function assertOptions(options: Dict): void {
  for (const [name, supported] of [
    ['match', 'exact'],
    ['invoke', 'single'],
  ] as const) {
    const value = options[name];
    if (value === undefined || value === supported) continue;
    throw new RequestError(Uri.OPTION_NOT_ALLOWED, `${name}: only "${supported}" is supported`);
  }
}

function assertRoom({ registrations, limits }: DealerContext, session: Session): void {
  if (registrations.countOf(session) < limits.maxRegistrations) return;
  throw new RequestError(Uri.NOT_AUTHORIZED, `a session may have ${limits.maxRegistrations} registrations`);
}

/** @see https://wamp-proto.org/wamp_latest_ietf.html#name-register */
export function register(context: DealerContext): Handler {
  return (session, message) => {
    const [, request, options, procedure] = message.elements as unknown as RequestHead;
    assertOptions(options);
    context.uris.assertApplication(procedure);
    if (context.registrations.find(procedure) !== undefined) {
      throw new RequestError(Uri.PROCEDURE_ALREADY_EXISTS, `${procedure} is registered already`);
    }
    assertRoom(context, session);
    const registration = context.registrations.add(session, procedure);
    session.send([MessageType.REGISTERED, request, registration.id]);
  };
}
