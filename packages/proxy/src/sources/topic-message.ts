import type { Parser } from '@pgwamp/core/internal/pipeline';
import type { Lsn } from '@pgwamp/core/internal/postgres';
import { faultOfParts, parsePublication } from '@pgwamp/core/internal/sources';
import type { TopicMessage } from './source-message.ts';

/** The commit of a publication, as far as it is known while reading. */
export interface Moment {
  readonly committedAt: number | undefined;
  readonly position: Lsn | undefined;
}

const unknownMoment: Moment = { committedAt: undefined, position: undefined };

/**
 * Creates messages from the texts of `crossbar._content_of_publication`: topic, options, args and kwargs, one per line.
 * JSON stays text.
 *
 * @param moment returns the transaction that is being read.
 */
export function topicParser(moment: (id: string) => Moment = () => unknownMoment): Parser<TopicMessage> {
  return (...text) => {
    const publication = parsePublication(...text);
    const { id, channel, options, args, kwargs } = publication;
    const refusal = publication.refusal ?? faultOfParts(publication);
    const payload = refusal ? publication.payload : `{"args":${args || '[]'},"kwargs":${kwargs || '{}'}}`;
    return {
      kind: 'topic',
      id,
      channel,
      payload,
      size: refusal ? publication.size : Buffer.byteLength(payload),
      refusal,
      options,
      args,
      kwargs,
      source: '',
      receivedAt: Date.now(),
      ...moment(id),
    };
  };
}
