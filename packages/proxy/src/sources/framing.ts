/** A message as NOTIFY carries it, taken apart. */
interface Unframed {
  readonly key: string;
  readonly payload: string;
}

/**
 * Takes `key|payload` apart at the first pipe, as pg-event-proxy does. JSON is never split: a pipe in it is its own.
 *
 * @param framing none: the whole text is the payload.
 */
export function unframed(text: string, framing: 'none' | 'key'): Unframed {
  const pipe = framing === 'key' && !/^\s*[{[]/.test(text) ? text.indexOf('|') : -1;
  return pipe < 0 ? { key: '', payload: text } : { key: text.slice(0, pipe), payload: text.slice(pipe + 1) };
}
