import type { Channel, Encoding } from '../channels/channel.ts';
import type { Entry } from '../channels/entry.ts';
import { frameHeaderLength, textFrames, writeFrameHeader } from './websocket-frame.ts';
import type { ControlMessage } from './wire-protocol.ts';

type Encode = Encoding['encode'];

/** An encoding that caches the bytes of replayed entries as long as the history keeps the entries. */
function remembering(encode: Encode): Encoding {
  const known = new WeakMap<Entry, Buffer>();
  /** By the first entry: clients that reconnect together have mostly missed the same entries. */
  const replays = new WeakMap<Entry, { readonly entries: readonly Entry[]; readonly bytes: Buffer }>();
  const encoded = (channel: Channel, entry: Entry) => {
    const bytes = known.get(entry) ?? encode(channel, [entry]);
    known.set(entry, bytes);
    return bytes;
  };
  return {
    encode,
    encodeReplay(channel, entries) {
      const [first] = entries;
      if (first === undefined) return Buffer.alloc(0);
      if (entries.length === 1) return encoded(channel, first);
      const replay = replays.get(first);
      if (replay && isSame(replay.entries, entries)) return replay.bytes;
      const bytes = Buffer.concat(entries.map((entry) => encoded(channel, entry)));
      replays.set(first, { entries, bytes });
      return bytes;
    },
  };
}

/** The entries of a channel are consecutive, so it is enough to compare the first and the last. */
function isSame(some: readonly Entry[], others: readonly Entry[]): boolean {
  return some.length === others.length && some[0] === others[0] && some.at(-1) === others.at(-1);
}

/** Plain WebSockets: the payloads as they are; gaps cannot be expressed. */
export const plainFrames = remembering((_channel, entries) => {
  let total = 0;
  for (const { size, gap } of entries) if (!gap) total += frameHeaderLength(size) + size;
  const frames = Buffer.allocUnsafe(total);
  let offset = 0;
  for (const { payload, size, gap } of entries) {
    if (gap) continue;
    offset = writeFrameHeader(frames, offset, size);
    if (typeof payload === 'string') frames.write(payload, offset);
    else frames.set(payload, offset);
    offset += size;
  }
  return frames;
});

/** The subprotocol `pgwamp.v1`: one JSON object per frame. */
export const jsonFrames = remembering((channel, entries) =>
  textFrames(entries.map((entry) => entryText(channel, entry))),
);

const events = eventEncoding((id) => id);

/** Server-sent events. */
export const serverSentEvents: EventEncoding = { ...events, ...remembering(events.encode) };

/**
 * Server-sent events of one client that listens to channels of NOTIFY and of the log: each id contains both positions.
 */
export function mixedServerSentEvents(): EventEncoding {
  let [notification, log] = ['', ''];
  return eventEncoding((id) => {
    if (id.includes(':')) notification = id;
    else log = id;
    return [notification, log].filter((part) => part !== '').join(',');
  });
}

/** An encoding that also encodes control messages. */
export interface EventEncoding extends Encoding {
  encodeControl(message: ControlMessage): Buffer;
}

function eventEncoding(lastEventId: (id: string) => string): EventEncoding {
  const encode: Encode = (channel, entries) => {
    const texts = entries.map((entry) =>
      eventText(entry.gap ? 'gap' : 'message', lastEventId(entry.id), entryText(channel, entry)),
    );
    return Buffer.from(texts.join(''));
  };
  return {
    encode,
    encodeReplay: encode,
    encodeControl(message) {
      const id = 'id' in message ? message.id : message.type === 'gap' ? message.to : undefined;
      return Buffer.from(eventText(message.type, id && lastEventId(id), JSON.stringify(message)));
    },
  };
}

/**
 * The text of one event.
 *
 * @param data contains no line break, like all JSON of the gateway.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
function eventText(type: string, id: string | undefined, data: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${data}\n\n`;
}

function entryText({ name: channel }: Channel, { id, payload, gap }: Entry): string {
  if (gap) return JSON.stringify({ type: 'gap', channel, from: gap.from, to: id, reason: gap.reason });
  return JSON.stringify({ type: 'message', channel, id, payload: payload.toString() });
}
