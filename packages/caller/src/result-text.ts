import type { PayloadText } from '@pgwamp/core/wamp';
import { elementsOf } from './link/elements.ts';

/**
 * What a call gives in SQL, as JSON text: null for nothing, the value where it is one positional result, else an object with `args` and
 * `kwargs`.
 */
export function resultText({ args, kwargs }: PayloadText): string | null {
  const isKeyed = !/^(\{\s*\})?$/.test(kwargs);
  const elements = isKeyed ? [] : (elementsOf(args || '[]') ?? []);
  if (elements.length === 1) return elements[0] || null;
  return `{"args":${args || '[]'},"kwargs":${kwargs || '{}'}}`;
}
