import type { Format } from './encode.ts';
import { Frames, frame } from './frame.ts';
import { type Answered, sendRequests } from './requests.ts';
import { Wire } from './wire.ts';

/** The options of a load of requests. */
export interface RequestsLoad {
  readonly url: string;
  readonly format: Format;
  readonly count: number;
  /** Requests at a time. */
  readonly inFlight: number;
}

const INVOCATION = 68;
const procedure = 'com.example.add';

/** A callee that answers every invocation with the same result, all of one read in one write. */
async function registerCallee(url: string, format: Format): Promise<Wire> {
  const callee = await Wire.join(url, format);
  await callee.ask([64, 1, {}, procedure], 65);
  let results: Buffer[] = [];
  callee.onmessage = ({ type, request }) => {
    if (type === INVOCATION) results.push(frame(format, [70, request, {}, [3]]));
  };
  callee.onturn = () => {
    callee.send(results.length === 1 ? (results[0] as Buffer) : Buffer.concat(results));
    results = [];
  };
  return callee;
}

/** Calls of one procedure. */
export async function loadCalls({ url, format, count, inFlight }: RequestsLoad): Promise<Answered> {
  const frames = new Frames(count, format, (number) => [48, number, {}, procedure, [1, 2]]);
  const callee = await registerCallee(url, format);
  const caller = await Wire.join(url, format);
  const answered = await sendRequests(caller, frames, { count, inFlight, answer: 50 });
  caller.close();
  callee.close();
  return answered;
}

/**
 * Calls of a procedure that another process offers: `add` of two numbers. Many at a time are called for a second before the measured one, since
 * the callees and their controls stay, and are warm.
 */
export async function loadProcedure({
  url,
  format,
  count,
  inFlight,
  procedure: uri,
}: RequestsLoad & { readonly procedure: string }): Promise<Answered> {
  const frames = new Frames(count, format, (number) => [48, number, {}, uri, [1, 2]]);
  let all = 0;
  for (let round = inFlight > 1 ? 1 : 0; ; round -= 1) {
    const caller = await Wire.join(url, format);
    const answered = await sendRequests(caller, frames, { count, inFlight, answer: 50 });
    caller.close();
    all += answered.answered ?? 0;
    if (round === 0) return { ...answered, answered: all };
  }
}

/** Publications with acknowledgement, to a topic without subscribers. */
export async function loadAcknowledged({ url, format, count, inFlight }: RequestsLoad): Promise<Answered> {
  const message = (number: number) => [
    16,
    number,
    { acknowledge: true },
    'com.example.topic2',
    [number, 'hello world'],
  ];
  const publisher = await Wire.join(url, format);
  const answered = await sendRequests(publisher, new Frames(count, format, message), { count, inFlight, answer: 17 });
  publisher.close();
  return answered;
}

/** Messages to a server that sends them back: what sockets and frames alone allow. */
export async function loadEcho({ url, format, count, inFlight }: RequestsLoad): Promise<Answered> {
  const frames = new Frames(count, format, (number) => [48, number, {}, procedure, [1, 2]]);
  const wire = await Wire.open(url, format);
  const answered = await sendRequests(wire, frames, { count, inFlight, answer: 48 });
  wire.close();
  return answered;
}
