import type { Dict } from '@pgwamp/protocol';
import { EMPTY_DICT } from '@pgwamp/protocol';
import type { Permission } from '../authorization/role.ts';
import { passthruAttributes } from '../realm/payload-passthru.ts';
import type { Session } from '../session/session.ts';

function disclosure(publisher: Session): Dict {
  const { authid, authrole } = publisher.identity;
  return { publisher: publisher.id, publisher_authid: authid, publisher_authrole: authrole };
}

/**
 * EVENT.Details, the same for every receiver of a publication.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#pubsub-pub-identification
 */
export function eventDetails(options: Dict, publisher: Session, permission: Permission): Dict {
  const discloses = options.disclose_me === true || permission.discloses;
  if (!discloses && options.ppt_scheme === undefined) return EMPTY_DICT;
  return { ...(discloses ? disclosure(publisher) : EMPTY_DICT), ...passthruAttributes(options) };
}
