/** The parts of a NOTIFY payload. */
interface Unframed {
  readonly key: string;
  readonly payload: string;
}

/**
 * Splits `key|payload` at the first pipe, like pg-event-proxy. JSON is never split, since a pipe belongs to it.
 *
 * @param framing none: the whole text is the payload.
 */
export function unframed(text: string, framing: 'none' | 'key'): Unframed {
  const pipe = framing === 'key' && !/^\s*[{[]/.test(text) ? text.indexOf('|') : -1;
  return pipe < 0 ? { key: '', payload: text } : { key: text.slice(0, pipe), payload: text.slice(pipe + 1) };
}
