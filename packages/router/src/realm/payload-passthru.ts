import type { Dict } from '@pgwamp/protocol';
import { EMPTY_DICT, ProtocolViolation, Uri } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';
import type { ClientRole } from '../session/features.ts';
import type { Session } from '../session/session.ts';

const ATTRIBUTES = ['ppt_scheme', 'ppt_serializer', 'ppt_cipher', 'ppt_keyid'] as const;

/** The feature's name in HELLO and WELCOME. */
export const PAYLOAD_PASSTHRU_MODE = 'payload_passthru_mode';

/** Whether only the other client can read the payload of a message. */
export function isPassthru(options: Dict): boolean {
  return typeof options.ppt_scheme === 'string' && options.ppt_scheme !== '';
}

/** The attributes of a passthru payload. The router never reads the payload itself, with or without them. */
export function passthruAttributes(options: Dict): Dict {
  if (options.ppt_scheme === undefined) return EMPTY_DICT;
  const attributes: Record<string, unknown> = {};
  for (const name of ATTRIBUTES) {
    if (typeof options[name] === 'string') attributes[name] = options[name];
  }
  return attributes;
}

// Router and receivers keep them with calls and events, so they have a limit.
const MAX_LENGTH = 256;

/**
 * The attributes of a request that the router keeps with a waiting call or a retained event.
 *
 * @throws RequestError `wamp.error.invalid_argument` if an attribute is too long
 */
export function keptPassthruAttributes(options: Dict): Dict {
  const attributes = passthruAttributes(options);
  for (const [name, value] of Object.entries(attributes)) {
    if ((value as string).length <= MAX_LENGTH) continue;
    throw new RequestError(Uri.INVALID_ARGUMENT, `${name}: expected at most ${MAX_LENGTH} characters`);
  }
  return attributes;
}

/**
 * Refuses a passthru payload of a client that did not announce the feature.
 *
 * @throws ProtocolViolation
 * @see https://wamp-proto.org/wamp_latest_ietf.html#payload-passthru-mode
 */
export function assertMayPassthru(session: Session, role: ClientRole, options: Dict): void {
  if (isPassthru(options) && !session.features.has(role, PAYLOAD_PASSTHRU_MODE)) {
    throw new ProtocolViolation(`${PAYLOAD_PASSTHRU_MODE} was not announced for the role ${role}`);
  }
}
