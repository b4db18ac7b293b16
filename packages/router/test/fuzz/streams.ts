import { cbor, msgpack, ValuesPayload } from '@pgwamp/protocol';
import { stringifyLossless } from '@pgwamp/protocol/internal';
import fc from 'fast-check';
import type { Port } from './ports.ts';
import { strangeMessage } from './strange-messages.ts';

const HELLO = [1, 'realm1', { roles: { caller: {}, callee: {} } }];

/** A change to bytes; where it is made is told in thousandths of their length. */
interface Mutation {
  readonly kind: 'set' | 'flip' | 'insert' | 'delete' | 'repeat' | 'cut';
  readonly at: number;
  readonly value: number;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom<Mutation['kind'][]>('set', 'set', 'flip', 'flip', 'insert', 'delete', 'repeat', 'cut'),
  at: fc.nat(999),
  value: fc.oneof(fc.nat(255), fc.constantFrom(0, 0x7f, 0x80, 0xff)),
});

function mutate(bytes: Buffer, { kind, at, value }: Mutation): Buffer {
  const index = Math.floor((at * bytes.length) / 1000);
  const [before, after] = [bytes.subarray(0, index), bytes.subarray(index)];
  if (kind === 'cut') return before;
  if (kind === 'insert') return Buffer.concat([before, Buffer.of(value), after]);
  if (kind === 'delete') return Buffer.concat([before, after.subarray(1 + (value & 7))]);
  if (kind === 'repeat') return Buffer.concat([before, after.subarray(0, value), after]);
  const changed = kind === 'set' ? value : (bytes[index] ?? 0) ^ (1 << (value & 7));
  return Buffer.concat([before, Buffer.of(changed), after.subarray(1)]);
}

function mutated(bytes: Buffer, mutations: readonly Mutation[]): Buffer {
  return mutations.reduce(mutate, bytes);
}

function encode(serializer: Port['serializer'], message: readonly unknown[]): Buffer {
  if (serializer === 'json') return Buffer.from(stringifyLossless(message));
  const format = serializer === 'cbor' ? cbor : msgpack;
  return Buffer.from(format.encode([], new ValuesPayload(message)) as Uint8Array);
}

interface Conversation {
  readonly messages: readonly { readonly message: readonly unknown[]; readonly mutations: readonly Mutation[] }[];
  readonly mutations: readonly Mutation[];
}

const few = (maxLength: number) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, fc.array(mutation, { maxLength }));

/**
 * The byte streams of a client on a connection: unusual messages, broken frames, and streams in which nothing is valid.
 */
const conversation: fc.Arbitrary<Conversation> = fc.record({
  messages: fc.array(fc.record({ message: strangeMessage, mutations: few(3) }), {
    minLength: 1,
    maxLength: 16,
    size: 'max',
  }),
  mutations: few(3),
});

function streamOf({ messages, mutations }: Conversation, { serializer, greeting, wrap }: Port): Buffer {
  const frames = messages.map((item) => mutated(encode(serializer, item.message), item.mutations));
  const hello = encode(serializer, HELLO);
  return mutated(Buffer.concat([greeting, ...[hello, ...frames].map(wrap)]), mutations);
}

/** Streams for one port. */
export function streamsFor(port: Port): fc.Arbitrary<Buffer> {
  const broken = conversation.map((said) => streamOf(said, port));
  const noise = fc.uint8Array({ maxLength: 64 });
  return fc.oneof(
    { weight: 20, arbitrary: broken },
    { weight: 1, arbitrary: noise.map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: noise.map((bytes) => Buffer.concat([port.greeting, bytes])) },
    { weight: 1, arbitrary: noise.map((bytes) => Buffer.concat([port.greeting, port.wrap(bytes)])) },
  );
}
