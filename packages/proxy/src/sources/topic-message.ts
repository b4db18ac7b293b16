import { Refused } from '@pgwamp/core';
import type { Parser } from '@pgwamp/core/internal/pipeline';
import type { Lsn } from '@pgwamp/core/internal/postgres';
import { faultOfParts } from '@pgwamp/core/internal/sources';
import type { TopicMessage } from './source-message.ts';

/** When a publication was committed, as far as it is known while it is read. */
export interface Moment {
  readonly committedAt: number | undefined;
  readonly position: Lsn | undefined;
}

const unknownMoment: Moment = { committedAt: undefined, position: undefined };

/**
 * Makes messages of the texts of `crossbar._content_of_publication`: topic, options, args and kwargs, a line each. What is JSON stays text.
 *
 * @param moment tells of the transaction that is being read.
 */
export function topicParser(moment: (id: string) => Moment = () => unknownMoment): Parser<TopicMessage> {
  return (id, _channel, text, size, isWhole) => {
    const lines = text.split('\n', 5);
    const [topic = '', options = '', args = '', kwargs = ''] = lines;
    const refusal = refusalOf(lines.length === 4, size, isWhole) ?? faultOfParts({ options, args, kwargs });
    const payload = refusal ? text : `{"args":${args || '[]'},"kwargs":${kwargs || '{}'}}`;
    return {
      kind: 'topic',
      id,
      channel: topic,
      payload,
      size: isWhole ? Buffer.byteLength(payload) : size,
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

function refusalOf(isPublication: boolean, size: number, isWhole: boolean): Refused | undefined {
  if (!isWhole) return new Refused('too_large', `it has ${size} bytes, more than max_message_size`);
  return isPublication ? undefined : new Refused('malformed', 'not a publication of crossbar.publish');
}
