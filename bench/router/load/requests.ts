import type { Frames } from './frame.ts';
import type { Wire } from './wire.ts';

/** Milliseconds. */
const DURATION = 1000;

/** The result of a load of requests. */
export interface Answered {
  readonly perSecond: number;
  /** Milliseconds from a request to its answer, where one at a time was sent; otherwise empty. */
  readonly latencies: readonly number[];
  /** Requests that were answered, where somebody counts them. */
  readonly answered?: number;
}

/** Sends requests, so many at a time, for a second or until there are no more; all get an answer of the right type. */
export async function sendRequests(
  wire: Wire,
  frames: Frames,
  { count, inFlight, answer }: { readonly count: number; readonly inFlight: number; readonly answer: number },
): Promise<Answered> {
  const done = Promise.withResolvers<void>();
  const latencies: number[] = [];
  let [sent, received, sentAt] = [0, 0, 0];
  const start = performance.now();
  const advance = () => {
    const now = performance.now();
    if (inFlight === 1 && sent > 0) latencies.push(now - sentAt);
    const next = now < start + DURATION ? Math.min(count, received + inFlight) : sent;
    sentAt = now;
    if (next > sent) wire.send(frames.slice(sent, next));
    sent = next;
    if (received >= sent) done.resolve();
  };
  wire.onmessage = ({ type }) => {
    if (type !== answer) done.reject(new Error(`expected message ${answer}, found ${type}`));
    received++;
  };
  wire.onturn = advance;
  advance();
  await done.promise;
  return { perSecond: (received / (performance.now() - start)) * 1000, latencies, answered: received };
}
