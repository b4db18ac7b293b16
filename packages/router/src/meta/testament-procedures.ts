import { audienceOf } from '../broker/audience.ts';
import { RequestError } from '../errors.ts';
import type { Dict } from '../protocol/shapes.ts';
import { EMPTY_DICT, type Payload } from '../serializer/serializer.ts';
import { NO_PAYLOAD, ValuesPayload } from '../serializer/values-payload.ts';
import type { Session } from '../session/session.ts';
import { MetaProcedure, Uri } from '../uris.ts';
import { optionalDict, optionalListAt, stringAt, wordOf } from './arguments.ts';
import type { MetaContext, MetaProcedures } from './meta-context.ts';
import { SCOPES, type Testament, type Testaments } from './testaments.ts';

function payloadOf(args: readonly unknown[] | undefined, kwargs: Dict | undefined): Payload {
  if (kwargs !== undefined) return new ValuesPayload([args ?? [], kwargs]);
  return args === undefined ? NO_PAYLOAD : new ValuesPayload([args]);
}

/** Nobody is left to be told that a testament could not be published, so that it is checked when it is made. */
function testamentFrom({ uris }: MetaContext, caller: Session, args: readonly unknown[], kwargs: Dict): Testament {
  const topic = stringAt(args, 0, 'topic');
  uris.assertApplication(topic);
  const payload = payloadOf(optionalListAt(args, 1, 'args'), optionalDict(args[2], 'kwargs'));
  const given = optionalDict(kwargs.publish_options, 'publish_options') ?? EMPTY_DICT;
  audienceOf(given, caller);
  const { acknowledge: _nobodyWaits, ...options } = given;
  return { topic, options, payload };
}

function assertRoom({ limits }: MetaContext, testaments: Testaments, caller: Session): void {
  if (testaments.countOf(caller) < limits.maxTestaments) return;
  throw new RequestError(Uri.NOT_AUTHORIZED, `a session may have ${limits.maxTestaments} testaments`);
}

/** @see https://wamp-proto.org/wamp_latest_ietf.html#name-session-testament */
export function testamentProcedures(context: MetaContext, testaments: Testaments): MetaProcedures {
  return [
    [
      MetaProcedure.SESSION_ADD_TESTAMENT,
      (caller, args, kwargs) => {
        const scope = wordOf(kwargs.scope, 'scope', SCOPES);
        assertRoom(context, testaments, caller);
        testaments.add(caller, scope, testamentFrom(context, caller, args, kwargs));
        return {};
      },
    ],
    [
      MetaProcedure.SESSION_FLUSH_TESTAMENTS,
      (caller, _args, kwargs) => {
        testaments.flush(caller, wordOf(kwargs.scope, 'scope', SCOPES));
        return {};
      },
    ],
  ];
}
