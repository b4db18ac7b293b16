import { MessageType } from '@pgwamp/protocol';
import { endOfBrackets } from '@pgwamp/protocol/internal';
import { PayloadText } from './payload-text.ts';

/** The head of a RESULT as routers write it, without white space. */
const head = /^\[50,(\d{1,16}),(?=\{)/;

/**
 * Reads a RESULT without parsing its payload. The payload may be large and is not used here. It also retains its digits
 * and the order of its keys.
 *
 * @param wanted the calls whose results remain text.
 * @returns the message, with a {@link PayloadText} instead of the payload. Undefined for any other message, and for a
 *   RESULT in another notation.
 */
export function parseResultText(frame: string, wanted: Pick<ReadonlySet<number>, 'has'>): unknown[] | undefined {
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
