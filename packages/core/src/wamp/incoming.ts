import { losesDigits, parseLossless } from '../json.ts';
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
  const start = endOfElement(frame, headLength);
  if (!losesDigits(frame, start)) return;
  const payload = parseLossless(`[${frame.slice(start + 1)}`) as unknown[];
  message.splice(headLength, payload.length, ...payload);
}

const [quote, comma, bracket, endBracket, brace, endBrace] = Buffer.from('",[]{}');

/** Where the comma stands after so many elements of a JSON array, which is known to be one and to have more. */
function endOfElement(text: string, count: number): number {
  let depth = 0;
  let left = count;
  for (let index = 0; ; index += 1) {
    const character = text.charCodeAt(index);
    if (character === quote) index = endOfString(text, index);
    else if (character === bracket || character === brace) depth += 1;
    else if (character === endBracket || character === endBrace) depth -= 1;
    else if (character === comma && depth === 1) left -= 1;
    if (left === 0) return index;
  }
}

/** Where the closing quote stands. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, index: number): boolean {
  let backslashes = 0;
  while (text[index - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}
