import type { Payload, Serializer } from './serializer.ts';
import { ValuesPayload } from './values-payload.ts';

const HEAD = [0];

/**
 * A copy of a payload that is to be kept, and its size: the one at hand may be a small part of a large piece of memory,
 * which would be kept with it.
 */
export function detach(payload: Payload, serializer: Serializer): readonly [payload: Payload, size: number] {
  const content = serializer.encode(HEAD, payload);
  if (payload instanceof ValuesPayload) return [payload, content.length];
  const own = typeof content === 'string' ? content : Buffer.from(new Uint8Array(content).buffer);
  return [serializer.payload(own, HEAD.length), content.length];
}
