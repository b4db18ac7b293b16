import { counted } from '@pgwamp/config';
import type { Dict } from '@pgwamp/protocol';
import {
  EMPTY_DICT,
  MetaProcedure,
  NO_PAYLOAD,
  type Payload,
  type Serializer,
  Uri,
  ValuesPayload,
} from '@pgwamp/protocol';
import { audienceBytes, audienceOf } from '../broker/audience.ts';
import type { BuiltIn } from '../dealer/built-in.ts';
import { RequestError } from '../errors.ts';
import { isPassthru, PAYLOAD_PASSTHRU_MODE } from '../realm/payload-passthru.ts';
import type { Session } from '../session/session.ts';
import { optionalDict, optionalListAt, stringAt, wordOf } from './arguments.ts';
import type { MetaContext, MetaProcedures } from './meta-context.ts';
import { SCOPES, type Testament } from './testaments.ts';

// The options of PUBLISH that select the receivers and the form of the event.
const LASTING = /^((exclude|eligible)(_authid|_authrole)?|disclose_me|retain|ppt_(scheme|serializer|cipher|keyid))$/;

function payloadOf(args: readonly unknown[] | undefined, kwargs: Dict | undefined): Payload {
  if (kwargs !== undefined) return new ValuesPayload([args ?? [], kwargs]);
  return args === undefined ? NO_PAYLOAD : new ValuesPayload([args]);
}

/** Checks the testament when it is added: nobody is left to receive an error when it is published. */
function testamentFrom({ uris }: MetaContext, caller: Session, args: readonly unknown[], kwargs: Dict): Testament {
  const topic = stringAt(args, 0, 'topic');
  uris.assertApplication(topic);
  const payload = payloadOf(optionalListAt(args, 1, 'args'), optionalDict(args[2], 'kwargs'));
  const given = optionalDict(kwargs.publish_options, 'publish_options') ?? EMPTY_DICT;
  assertOptions(caller, given);
  const options = lastingOptions(given);
  return { topic, options, ...keep(caller.serializer, topic, options, payload) };
}

function isSimple(value: unknown): boolean {
  return Array.isArray(value) || (typeof value !== 'object' && value !== undefined);
}

/** The options that matter at publication: without `acknowledge`, because nobody waits, and without unknown options. */
function lastingOptions(options: Dict): Dict {
  const isLasting = ([name, value]: [string, unknown]) => LASTING.test(name) && isSimple(value);
  return Object.fromEntries(Object.entries(options).filter(isLasting));
}

function assertOptions(caller: Session, options: Dict): void {
  audienceOf(options, caller);
  if (!isPassthru(options) || caller.features.has('publisher', PAYLOAD_PASSTHRU_MODE)) return;
  throw new RequestError(Uri.FEATURE_NOT_SUPPORTED, `${PAYLOAD_PASSTHRU_MODE} was not announced for the publisher`);
}

/** Copies the payload, since it may be a small part of a long message, and computes its size. */
function keep(serializer: Serializer, topic: string, options: Dict, payload: Payload) {
  const content = serializer.encode([topic, options], payload);
  const bytes = content.length + audienceBytes(options);
  if (payload === NO_PAYLOAD) return { payload, bytes };
  const own = typeof content === 'string' ? content : Buffer.from(content);
  return { payload: serializer.payload(own, 2), bytes };
}

function assertRoom({ limits, testaments }: MetaContext, caller: Session, bytes: number): void {
  const { maxTestaments, maxTestamentBytes } = limits;
  if (testaments.countOf(caller) >= maxTestaments) {
    throw new RequestError(Uri.NOT_AUTHORIZED, `a session may have at most ${counted(maxTestaments, 'testament')}`);
  }
  if (testaments.bytesOf(caller) + bytes <= maxTestamentBytes) return;
  throw new RequestError(Uri.PAYLOAD_SIZE_EXCEEDED, `the testaments of a session may take ${maxTestamentBytes} bytes`);
}

function addTestament(context: MetaContext): BuiltIn {
  return (caller, args, kwargs) => {
    const scope = wordOf(kwargs.scope, 'scope', SCOPES);
    const testament = testamentFrom(context, caller, args, kwargs);
    assertRoom(context, caller, testament.bytes);
    context.testaments.add(caller, scope, testament);
    return {};
  };
}

function flushTestaments({ testaments }: MetaContext): BuiltIn {
  return (caller, _args, kwargs) => {
    testaments.flush(caller, wordOf(kwargs.scope, 'scope', SCOPES));
    return {};
  };
}

/** @see https://wamp-proto.org/wamp_latest_ietf.html#name-session-testament */
export const testamentProcedures: MetaProcedures = [
  [MetaProcedure.SESSION_ADD_TESTAMENT, addTestament],
  [MetaProcedure.SESSION_FLUSH_TESTAMENTS, flushTestaments],
];
