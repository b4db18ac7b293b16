/** The serializers that are measured. */
export type Format = 'json' | 'msgpack' | 'cbor';

type Value = number | string | boolean | readonly Value[] | { readonly [key: string]: Value };

/** The heads of one binary format: what goes before a length or a number. */
interface Heads {
  number(value: number): Buffer;
  text(length: number): Buffer;
  list(length: number): Buffer;
  dict(length: number): Buffer;
  truth(value: boolean): Buffer;
}

function sized(small: number, limit: number, code: number, value: number): Buffer {
  if (value < limit) return Buffer.of(small + value);
  if (value < 256 && code === 0x18) return Buffer.of(small + 0x18, value);
  const bytes = Buffer.alloc(5);
  bytes[0] = code === 0x18 ? small + 0x1a : code;
  bytes.writeUInt32BE(value, 1);
  return bytes;
}

const msgpack: Heads = {
  number: (value) => sized(0, 128, 0xce, value),
  text: (length) => sized(0xa0, 32, 0xdb, length),
  list: (length) => sized(0x90, 16, 0xdd, length),
  dict: (length) => sized(0x80, 16, 0xdf, length),
  truth: (value) => Buffer.of(value ? 0xc3 : 0xc2),
};

const cbor: Heads = {
  number: (value) => sized(0, 24, 0x18, value),
  text: (length) => sized(0x60, 24, 0x18, length),
  list: (length) => sized(0x80, 24, 0x18, length),
  dict: (length) => sized(0xa0, 24, 0x18, length),
  truth: (value) => Buffer.of(value ? 0xf5 : 0xf4),
};

function write(heads: Heads, value: Value): Buffer[] {
  if (typeof value === 'number') return [heads.number(value)];
  if (typeof value === 'boolean') return [heads.truth(value)];
  if (typeof value === 'string') return [heads.text(Buffer.byteLength(value)), Buffer.from(value)];
  if (Array.isArray(value)) return [heads.list(value.length), ...value.flatMap((item) => write(heads, item))];
  const entries = Object.entries(value);
  return [
    heads.dict(entries.length),
    ...entries.flatMap(([key, item]) => [...write(heads, key), ...write(heads, item)]),
  ];
}

/** A message as the payload of a frame; numbers are whole, not negative and below 2^32. */
export function encode(format: Format, message: readonly Value[]): Buffer {
  if (format === 'json') return Buffer.from(JSON.stringify(message));
  return Buffer.concat(write(format === 'msgpack' ? msgpack : cbor, message));
}
