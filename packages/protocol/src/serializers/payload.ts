import type { Payload, Serializer } from './serializer.ts';

/**
 * A payload made of values: what the router has to say itself.
 *
 * @example
 * ```ts
 * const payload = new ValuesPayload([['world'], { lang: 'en' }]);
 * json.encode([MessageType.EVENT, 1, 2, {}], payload); // [36,1,2,{},["world"],{"lang":"en"}]
 * payload.values(); // [ [ 'world' ], { lang: 'en' } ]
 * payload.rawFor(); // undefined: it is encoded whenever it is sent
 * ```
 */
export class ValuesPayload implements Payload {
  readonly #values: readonly unknown[];

  constructor(values: readonly unknown[]) {
    this.#values = values;
  }

  rawFor(): undefined {
    return undefined;
  }

  values(): readonly unknown[] {
    return this.#values;
  }
}

/** Neither Arguments nor ArgumentsKw. */
export const NO_PAYLOAD: Payload = new ValuesPayload([]);

const HEAD = [0];

/**
 * A copy of a payload that is kept, and its size. The payload at hand may be a small part of a large piece of memory,
 * which would be kept with it.
 */
export function detach(payload: Payload, serializer: Serializer): readonly [payload: Payload, size: number] {
  const content = serializer.encode(HEAD, payload);
  if (payload instanceof ValuesPayload) return [payload, content.length];
  const own = typeof content === 'string' ? content : Buffer.from(new Uint8Array(content).buffer);
  return [serializer.payload(own, HEAD.length), content.length];
}
