import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { OutgoingMessage } from './sink.ts';

/** Limit of attributes in SQS. SNS accepts more, but forwards only as many to SQS. */
const maxAttributes = 10;

/** A message in a batch of SQS or SNS, except for the name of its text. */
export interface AwsEntry {
  readonly Id: string;
  readonly text: string;
  readonly MessageAttributes: Record<string, { DataType: string; StringValue: string }>;
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
}

/**
 * Creates an entry of a batch.
 *
 * @param index its index in the batch, which identifies it in the response.
 * @param isFifo whether its destination keeps order and drops repeats.
 */
export function entryOf(message: OutgoingMessage, index: number, isFifo: boolean): AwsEntry {
  const { id, orderKey, key, payload } = message;
  const isText = typeof payload === 'string' || isUtf8(payload);
  return {
    Id: String(index),
    text: isText ? String(payload) : payload.toString('base64'),
    MessageAttributes: attributesOf(message, isText),
    // Every message requires a group; messages without an order share one.
    ...(isFifo && { MessageGroupId: token(orderKey || key || 'pgwamp'), MessageDeduplicationId: token(id) }),
  };
}

function attributesOf({ id, contentType, headers, key }: OutgoingMessage, isText: boolean) {
  const own = {
    id,
    content_type: contentType,
    ...(key !== '' && { key }),
    ...(!isText && { content_encoding: 'base64' }),
  };
  const others = Object.entries(headers).filter(([name, value]) => /^[\w.-]{1,256}$/.test(name) && value !== '');
  const all = Object.entries({ ...Object.fromEntries(others), ...own }).slice(-maxAttributes);
  return Object.fromEntries(all.map(([name, value]) => [name, { DataType: 'String', StringValue: value }]));
}

/** 1 to 128 printable characters, as required for group and deduplication ids. */
function token(text: string): string {
  return /^[!-~]{1,128}$/.test(text) ? text : createHash('sha256').update(text).digest('base64url');
}
