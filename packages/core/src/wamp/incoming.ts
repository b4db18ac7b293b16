import { losesDigits, offsetOfElement, parseLossless } from '@pgwamp/protocol/internal';
import { code } from './messages.ts';

/** How many elements stand before the payload, in the messages whose payload may come from anywhere. */
const headLengths: Readonly<Record<number, number>> = {
  [code.ERROR]: 5,
  [code.EVENT]: 4,
  [code.RESULT]: 3,
  [code.INVOCATION]: 4,
};

/**
 * Parses a frame. Numbers of the payload lose no digit; those of ids and details are plain ones, as the specification keeps
 * them small enough.
 *
 * @returns undefined for what is no WAMP message.
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-ids
 */
export function parseMessage(frame: string): unknown[] | undefined {
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
