import type { PayloadText } from '@pgwamp/core/internal/wamp';
import { commasOf } from '@pgwamp/protocol/internal';

/**
 * Converts the result of a call to JSON text for SQL: null for an empty result, the value for a single positional
 * result, otherwise an object with `args` and `kwargs`.
 */
export function resultText({ args, kwargs }: PayloadText): string | null {
  const array = args.trim() || '[]';
  const isKeyed = !/^(\{\s*\})?$/.test(kwargs);
  if (isKeyed || commasOf(array, 1).length > 0) return `{"args":${array},"kwargs":${kwargs || '{}'}}`;
  return array.slice(1, -1).trim() || null;
}
