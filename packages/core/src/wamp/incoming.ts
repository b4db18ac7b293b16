import { type Content, MessageType, type Serializer } from '@pgwamp/protocol';
import { losesDigits, offsetOfElement, parseLossless } from '@pgwamp/protocol/internal';
import { parseResultText } from './result-text.ts';

/** How many elements stand before the payload, in the messages whose payload may come from anywhere. */
const headLengths: Readonly<Record<number, number>> = {
  [MessageType.ERROR]: 5,
  [MessageType.EVENT]: 4,
  [MessageType.RESULT]: 3,
  [MessageType.INVOCATION]: 4,
};

/** The calls whose results stay text, if they come as text. */
export interface TextCalls {
  readonly size: number;
  has(request: number): boolean;
}

/**
 * Decodes a frame. Numbers of the payload lose no digit: in JSON those that a JavaScript number cannot hold stay text, in
 * the binary formats they are bigints. Ids and details are plain, as the specification keeps them small enough.
 *
 * @returns undefined for what is no WAMP message.
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
  const message = parseArray(frame);
  if (!message) return undefined;
  const headLength = headLengths[message[0] as number];
  if (headLength !== undefined && message.length > headLength) restoreDigits(message, frame, headLength);
  return message;
}

function parseArray(frame: string): unknown[] | undefined {
  try {
    const message: unknown = JSON.parse(frame);
    return Array.isArray(message) && typeof message[0] === 'number' ? message : undefined;
  } catch {
    return undefined;
  }
}

/** Few payloads have numbers of that kind; only these are parsed a second time. */
function restoreDigits(message: unknown[], frame: string, headLength: number): void {
  const start = offsetOfElement(frame, headLength);
  if (!losesDigits(frame, start - 1)) return;
  const payload = parseLossless(`[${frame.slice(start)}`) as unknown[];
  message.splice(headLength, payload.length, ...payload);
}
