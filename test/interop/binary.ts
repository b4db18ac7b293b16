/** Binary values of the scenarios, in a form of JSON, which also reaches a client in another process. */
export interface BinaryMark {
  readonly $bytes: string;
}

export function bytes(hex: string): BinaryMark {
  return { $bytes: hex };
}

type Leaf = (value: object) => unknown;

function map(value: unknown, leaf: Leaf): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const replaced = leaf(value);
  if (replaced !== undefined) return replaced;
  if (Array.isArray(value)) return value.map((item) => map(item, leaf));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, map(item, leaf)]));
}

/** Marks become bytes, for a client that runs in this process. */
export function withBytes<T>(value: T): T {
  const leaf: Leaf = (it) => ('$bytes' in it ? Buffer.from(String(it.$bytes), 'hex') : undefined);
  return map(value, leaf) as T;
}

/** Bytes become marks, whichever class a client has for them. */
export function withMarks<T>(value: T): T {
  const leaf: Leaf = (it) => (it instanceof Uint8Array ? bytes(Buffer.from(it).toString('hex')) : undefined);
  return map(value, leaf) as T;
}
