import type { SerializerName } from '../../src/index.ts';

type Bytes = readonly number[];

/** A frame that no client in its right mind would send. */
export type HostileFrame = readonly [what: string, content: string | Uint8Array];

// Far more than there may be, and far more than a stack could bear.
const DEEP = 100_000;

const fill = (byte: number) => Buffer.alloc(DEEP, byte);
const text = (value: string): Bytes => [...Buffer.from(value, 'latin1')];

function json(request: string, payload = ''): string {
  return `[16,${request},{},"com.example"${payload}]`;
}

function msgpack(request: Bytes, ...payload: readonly Uint8Array[]): Uint8Array {
  const size = 4 + Math.min(payload.length, 1);
  return Buffer.concat([Buffer.from([0x90 | size, 16, ...request, 0x80, 0xa1, 0x61]), ...payload]);
}

function cbor(request: Bytes, ...payload: readonly Uint8Array[]): Uint8Array {
  const size = 4 + Math.min(payload.length, 1);
  return Buffer.concat([Buffer.from([0x80 | size, 16, ...request, 0xa0, 0x61, 0x61]), ...payload]);
}

const bytes = (...values: number[]) => Buffer.from(values);
const eight = (byte: number): Bytes => Array.from({ length: 8 }, () => byte);

const jsonFrames: readonly HostileFrame[] = [
  ['an id of 0', json('0')],
  ['a negative id', json('-1')],
  ['an id above 2^53', json('9007199254740994')],
  ['an id with a fraction', json('1.5')],
  ['an id beyond all numbers', json('1e999')],
  ['a payload too deep', json('1', `,${'['.repeat(DEEP)}${']'.repeat(DEEP)}`)],
  ['options too deep', `[16,1,${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)},"com.example"]`],
  ['brackets that nobody closes', '['.repeat(DEEP)],
  ['a string that nobody closes', `[16,1,{},"${'\\"'.repeat(DEEP)}`],
  ['bytes that are no UTF-8', Buffer.from([...text('[16,1,{},"com.'), 0xc3, 0x28, ...text('"]')])],
  ['half a character at the end', Buffer.from([...text('[16,1,{},"com"]'), 0xf0, 0x9f])],
];

const msgpackFrames: readonly HostileFrame[] = [
  ['an id of 0', msgpack([0])],
  ['a negative id', msgpack([0xff])],
  ['an id of 2^64 - 1', msgpack([0xcf, ...eight(0xff)])],
  ['an id with a fraction', msgpack([0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0])],
  ['an id that is no number at all', msgpack([0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0])],
  ['a payload too deep', msgpack([1], fill(0x91), bytes(0x90))],
  ['dictionaries in their own keys', msgpack([1], fill(0x81))],
  ['a list of 2^32 - 1 elements', msgpack([1], bytes(0xdd, 0xff, 0xff, 0xff, 0xff))],
  ['a dictionary of 2^32 - 1 pairs', msgpack([1], bytes(0x91, 0xdf, 0xff, 0xff, 0xff, 0xff))],
  ['a string of 4 GiB', msgpack([1], bytes(0x91, 0xdb, 0xff, 0xff, 0xff, 0xff))],
  ['an extension of 4 GiB', msgpack([1], bytes(0x91, 0xc9, 0xff, 0xff, 0xff, 0xff, 0))],
  ['a message of 2^32 - 1 elements', bytes(0xdd, 0xff, 0xff, 0xff, 0xff, 16)],
  ['text that is no UTF-8', msgpack([1], bytes(0x91, 0xa2, 0xc3, 0x28))],
  ['the byte that is no MessagePack', msgpack([1], bytes(0x91, 0xc1))],
  ['two messages at once', Buffer.concat([msgpack([1]), msgpack([2])])],
];

const cborFrames: readonly HostileFrame[] = [
  ['an id of 0', cbor([0])],
  ['a negative id', cbor([0x20])],
  ['an id of 2^64 - 1', cbor([0x1b, ...eight(0xff)])],
  ['an id of 2^512', cbor([0xc2, 0x58, 64, ...Array.from({ length: 64 }, () => 0xff)])],
  ['an id with a fraction', cbor([0xf9, 0x3e, 0])],
  ['an id that is no number at all', cbor([0xf9, 0x7e, 0])],
  ['a payload too deep', cbor([1], fill(0x81), bytes(0x80))],
  ['lists without lengths that nobody ends', cbor([1], fill(0x9f))],
  ['tags on tags', cbor([1], bytes(0x81), fill(0xc1), bytes(0))],
  ['a list of 2^64 - 1 elements', cbor([1], bytes(0x9b, ...eight(0xff)))],
  ['a dictionary of 2^64 - 1 pairs', cbor([1], bytes(0x81, 0xbb, ...eight(0xff)))],
  ['a string of 2^63 bytes', cbor([1], bytes(0x81, 0x7b, 0x80, 0, 0, 0, 0, 0, 0, 0))],
  ['bytes whose pieces never end', cbor([1], bytes(0x81, 0x5f, 0x41, 0))],
  ['an end mark where nothing was begun', cbor([1], bytes(0x81, 0xff))],
  ['text that is no UTF-8', cbor([1], bytes(0x81, 0x62, 0xc3, 0x28))],
  ['two messages at once', Buffer.concat([cbor([1]), cbor([2])])],
];

/** By serializer. */
export const HOSTILE_FRAMES: Readonly<Record<SerializerName, readonly HostileFrame[]>> = {
  json: jsonFrames,
  msgpack: msgpackFrames,
  cbor: cborFrames,
};
