import { WampError } from '../../errors.ts';
import { brief, cut } from './brief.ts';

/**
 * The error for an argument that a parameter cannot take.
 *
 * @param parameter its name, or `$2` if it has none. Inside composites and arrays the path, such as `who.children[0]`.
 * @param expected the expected type.
 * @param value the given value.
 * @param reason the problem, if the type does not explain it.
 */
export function invalidArgument(parameter: string, expected: string, value: unknown, reason?: string): WampError {
  const found = brief(value);
  const message = `${parameter}: expected ${expected}, found ${found}${reason ? `: ${cut(reason, 1000)}` : ''}`;
  const given = value !== undefined && { value: found };
  return new WampError('wamp.error.invalid_argument', [message], { parameter, expected, ...given });
}
