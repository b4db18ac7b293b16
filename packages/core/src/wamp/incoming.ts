import { type Content, MessageType, type Serializer } from '@pgwamp/protocol';
import { losesDigits, offsetOfElement, parseLossless } from '@pgwamp/protocol/internal';
import { parseResultText } from './result-text.ts';

/** Number of elements before the payload, for messages whose payload may come from any peer. */
const headLengths: Readonly<Record<number, number>> = {
  [MessageType.ERROR]: 5,
  [MessageType.EVENT]: 4,
  [MessageType.RESULT]: 3,
  [MessageType.INVOCATION]: 4,
};

/** The calls whose results remain text if they arrive as JSON. */
export interface TextCalls {
  readonly size: number;
  has(request: number): boolean;
}

/**
 * Decodes a frame. Numbers of the payload lose no digits: in JSON, a number that a JavaScript number cannot represent
 * is retained as text, and in the binary formats it becomes a bigint. Ids and details are ordinary numbers, because the
 * specification limits their size.
 *
 * @returns undefined if the frame is not a WAMP message.
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-ids
 */
export function decodeMessage(serializer: Serializer, frame: Content, textCalls: TextCalls): unknown[] | undefined {
  if (typeof frame !== 'string') return decodeBinary(serializer, frame);
  return (textCalls.size > 0 ? parseResultText(frame, textCalls) : undefined) ?? parseText(frame);
}

function decodeBinary(serializer: Serializer, frame: Content): unknown[] | undefined {
  try {
    const message = serializer.parse(frame, Number.POSITIVE_INFINITY) as unknown[];
    if (typeof message[0] !== 'number') return undefined;
    const headLength = headLengths[message[0]];
    if (headLength === undefined || message.length <= headLength) return message;
    return [...message.slice(0, headLength), ...serializer.payload(frame, headLength).values()];
  } catch {
    return undefined;
  }
}

function parseText(frame: string): unknown[] | undefined {
  let message: unknown;
  try {
    message = JSON.parse(frame);
  } catch {
    return undefined;
  }
  if (!Array.isArray(message) || typeof message[0] !== 'number') return undefined;
  const headLength = headLengths[message[0]];
  if (headLength !== undefined && message.length > headLength) restoreDigits(message, frame, headLength);
  return message;
}

/** Parses the payload a second time if it contains numbers that lose digits. Few payloads do. */
function restoreDigits(message: unknown[], frame: string, headLength: number): void {
  const start = offsetOfElement(frame, headLength);
  if (!losesDigits(frame, start - 1)) return;
  const payload = parseLossless(`[${frame.slice(start)}`) as unknown[];
  message.splice(headLength, payload.length, ...payload);
}
