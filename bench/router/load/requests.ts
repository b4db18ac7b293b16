import type { Frames } from './frame.ts';
import type { Wire } from './wire.ts';

/** What came of a load of requests. */
export interface Answered {
  readonly perSecond: number;
  /** Milliseconds from a request to its answer, where one at a time was sent; otherwise empty. */
  readonly latencies: readonly number[];
}

/** Sends requests, so many at a time, until all have got an answer of the right type. */
export async function sendRequests(
  wire: Wire,
  frames: Frames,
  { count, inFlight, answer }: { readonly count: number; readonly inFlight: number; readonly answer: number },
): Promise<Answered> {
  const done = Promise.withResolvers<void>();
  const latencies: number[] = [];
  let [sent, received, sentAt] = [0, 0, 0];
  const advance = () => {
    const now = performance.now();
    if (inFlight === 1 && sent > 0) latencies.push(now - sentAt);
    const next = Math.min(count, received + inFlight);
    sentAt = now;
    if (next > sent) wire.send(frames.slice(sent, next));
    sent = next;
    if (received >= count) done.resolve();
  };
  wire.onmessage = ({ type }) => {
    if (type !== answer) done.reject(new Error(`expected message ${answer}, found ${type}`));
    received++;
  };
  wire.onturn = advance;
  const start = performance.now();
  advance();
  await done.promise;
  return { perSecond: (count / (performance.now() - start)) * 1000, latencies };
}
