import { Drawn } from './drawn.ts';

/** The messages that a client may send: the types of their elements, `*` for Arguments and ArgumentsKw. */
const SHAPES: Readonly<Record<number, string>> = {
  1: 'uri dict',
  3: 'dict uri *',
  6: 'dict uri',
  8: 'integer id dict uri *',
  16: 'id dict uri *',
  32: 'id dict uri',
  34: 'id id',
  48: 'id dict uri *',
  49: 'id dict',
  64: 'id dict uri',
  66: 'id id',
  70: 'id dict *',
};

function isDict(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Drawn);
}

function isId(value: unknown): boolean {
  return value instanceof Drawn || (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 2 ** 53);
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'id') return isId(value);
  if (type === 'dict') return isDict(value);
  return type === 'uri' ? typeof value === 'string' : Number.isInteger(value);
}

function isPayload(elements: readonly unknown[]): boolean {
  if (elements.length > 2) return false;
  const [args = null, kwargs = null] = elements;
  return (args === null || Array.isArray(args)) && (kwargs === null || isDict(kwargs));
}

/** A message as its receivers see it: null in place of a list or a dictionary is the same as none. */
export function normal(message: readonly unknown[]): readonly unknown[] {
  const shape = SHAPES[message[0] as number]?.split(' ') ?? [];
  if (!shape.includes('*')) return message;
  const head = message.slice(0, shape.length);
  const [args = null, kwargs = null] = message.slice(shape.length);
  if (kwargs !== null) return [...head, args ?? [], kwargs];
  return args === null ? head : [...head, args];
}

/** Whether a client may send this at all. */
export function isMessage(content: unknown): content is readonly unknown[] {
  if (!Array.isArray(content)) return false;
  const shape = SHAPES[content[0]]?.split(' ');
  if (typeof content[0] !== 'number' || shape === undefined) return false;
  const head = shape.filter((type) => type !== '*');
  if (!head.every((type, index) => isOfType(content[index + 1], type))) return false;
  const rest = content.slice(head.length + 1);
  return shape.includes('*') ? isPayload(rest) : rest.length === 0;
}
