import type { Format } from './encode.ts';
import { Frames, frame } from './frame.ts';
import { Wire } from './wire.ts';

/** The options of a load of events. */
export interface EventsLoad {
  readonly url: string;
  readonly format: Format;
  readonly subscribers: number;
  /** At most; no more are sent after a second. */
  readonly publications: number;
  /** Publications whose events have not all arrived yet: enough to keep the router busy, too few to fill its memory. */
  readonly window: number;
}

const topic = 'com.example.topic1';
const EVENT = 36;
/** Milliseconds. */
const DURATION = 1000;

async function subscribeOne(url: string, format: Format): Promise<Wire> {
  const wire = await Wire.join(url, format);
  await wire.ask([32, 1, {}, topic], 33);
  return wire;
}

async function subscribe(url: string, format: Format, count: number): Promise<Wire[]> {
  const wires: Wire[] = [];
  while (wires.length < count) {
    const batch = Array.from({ length: Math.min(50, count - wires.length) }, () => subscribeOne(url, format));
    wires.push(...(await Promise.all(batch)));
  }
  return wires;
}

/** One publisher, and subscribers that count what arrives. */
export async function loadEvents({ url, format, subscribers, publications, window }: EventsLoad): Promise<number> {
  const frames = new Frames(publications, format, (number) => [16, number, {}, topic, [number, 'hello world']]);
  const publisher = await Wire.join(url, format);
  const wires = await subscribe(url, format, subscribers);
  const done = Promise.withResolvers<void>();
  let [sent, received] = [0, 0];
  const start = performance.now();
  const end = start + DURATION;
  const advance = () => {
    const isOpen = performance.now() < end;
    const next = isOpen ? Math.min(publications, Math.floor(received / subscribers) + window) : sent;
    if (next > sent) publisher.send(frames.slice(sent, next));
    sent = next;
    if (received >= sent * subscribers) done.resolve();
  };
  for (const wire of wires) {
    wire.onmessage = ({ type }) => {
      if (type !== EVENT) done.reject(new Error(`expected an EVENT, found message ${type}`));
      received++;
    };
    wire.onturn = advance;
  }
  advance();
  await done.promise;
  const seconds = (performance.now() - start) / 1000;
  for (const wire of [publisher, ...wires]) wire.close();
  return received / seconds;
}

/** A load of events that a server sends by itself. */
export interface ReceivedLoad {
  readonly url: string;
  readonly format: Format;
  readonly count: number;
}

/** Asks a server that only sends for events, and counts them: the limit of one socket. */
export async function loadReceived({ url, format, count }: ReceivedLoad): Promise<number> {
  const wire = await Wire.open(url, format);
  const done = Promise.withResolvers<void>();
  let received = 0;
  wire.onmessage = ({ type }) => {
    if (type !== EVENT) done.reject(new Error(`expected an EVENT, found message ${type}`));
    received++;
    if (received === count) done.resolve();
  };
  const start = performance.now();
  wire.send(frame(format, [count]));
  await done.promise;
  const seconds = (performance.now() - start) / 1000;
  wire.close();
  return received / seconds;
}
