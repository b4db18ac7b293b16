import { type Content, MessageType, type Serializer } from '@pgwamp/protocol';
import { endOfBrackets, losesDigits, offsetOfElement, parseLossless } from '@pgwamp/protocol/internal';
import { PayloadText } from './payload-text.ts';

/** Number of elements before the payload, for messages whose payload may come from any peer. */
const headLengths: Readonly<Record<number, number>> = {
  [MessageType.ERROR]: 5,
  [MessageType.EVENT]: 4,
  [MessageType.RESULT]: 3,
  [MessageType.INVOCATION]: 4,
};

/** The head of a RESULT as routers write it, without white space. */
const head = /^\[50,(\d{1,16}),(?=\{)/;

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

/**
 * Reads a RESULT without parsing its payload. The payload may be large and is not used here. It also retains its digits
 * and the order of its keys.
 *
 * @param wanted the calls whose results remain text.
 * @returns the message, with a {@link PayloadText} instead of the payload. Undefined for any other message, and for a
 *   RESULT in another notation.
 */
function parseResultText(frame: string, wanted: TextCalls): unknown[] | undefined {
  const [start, digits] = head.exec(frame) ?? [];
  const request = Number(digits);
  if (start === undefined || !wanted.has(request)) return undefined;
  const end = endOfBrackets(frame, start.length);
  const details = parseDetails(frame.slice(start.length, end));
  const payload = parsePayload(frame, end);
  return details && payload && [MessageType.RESULT, request, details, payload];
}

const noDetails = Object.freeze({});

function parseDetails(text: string): Readonly<Record<string, unknown>> | undefined {
  if (text === '{}') return noDetails;
  try {
    return JSON.parse(text);
  } catch {
    // The parser of the whole message reports the error.
    return undefined;
  }
}

/** Parses the text after the details: `]`, `,[…]]` or `,[…],{…}]`. */
function parsePayload(frame: string, end: number): PayloadText | undefined {
  const last = frame.length - 1;
  if (end === last) return new PayloadText('[]');
  if (!frame.startsWith(',[', end)) return undefined;
  const start = end + 1;
  if (frame.endsWith(']]')) return new PayloadText(frame.slice(start, last));
  const comma = endOfBrackets(frame, start);
  if (!frame.startsWith(',{', comma) || !frame.endsWith('}]')) return undefined;
  return new PayloadText(frame.slice(start, comma), frame.slice(comma + 1, last));
}
