import type { Dict } from '@pgwamp/protocol';
import { EMPTY_DICT, ProtocolViolation } from '@pgwamp/protocol';
import type { ClientRole } from '../session/features.ts';
import type { Session } from '../session/session.ts';

const ATTRIBUTES = ['ppt_scheme', 'ppt_serializer', 'ppt_cipher', 'ppt_keyid'] as const;

/** The feature's name in HELLO and WELCOME. */
export const PAYLOAD_PASSTHRU_MODE = 'payload_passthru_mode';

/** Whether a message's payload is meant for the other end alone. */
export function isPassthru(options: Dict): boolean {
  return typeof options.ppt_scheme === 'string' && options.ppt_scheme !== '';
}

/** The attributes that travel with such a payload. The payload itself is never looked at, with or without them. */
export function passthruAttributes(options: Dict): Dict {
  if (options.ppt_scheme === undefined) return EMPTY_DICT;
  const attributes: Record<string, unknown> = {};
  for (const name of ATTRIBUTES) {
    if (typeof options[name] === 'string') attributes[name] = options[name];
  }
  return attributes;
}

/**
 * Refuses a passthru payload of a client that has not announced the feature.
 *
 * @throws ProtocolViolation
 * @see https://wamp-proto.org/wamp_latest_ietf.html#payload-passthru-mode
 */
export function assertMayPassthru(session: Session, role: ClientRole, options: Dict): void {
  if (isPassthru(options) && !session.features.has(role, PAYLOAD_PASSTHRU_MODE)) {
    throw new ProtocolViolation(`${PAYLOAD_PASSTHRU_MODE} was not announced for the role ${role}`);
  }
}
