import { WampError } from '../../errors.ts';
import { brief, cut } from './brief.ts';

/**
 * The error for an argument that a parameter cannot take.
 *
 * @param parameter its name, or `$2` where it has none; within composites and arrays the way to it, such as `who.children[0]`.
 * @param expected the type.
 * @param value what was given.
 * @param reason what is wrong with it, if the type does not say it.
 */
export function invalidArgument(parameter: string, expected: string, value: unknown, reason?: string): WampError {
  const found = brief(value);
  const message = `${parameter}: expected ${expected}, found ${found}${reason ? `: ${cut(reason, 1000)}` : ''}`;
  const given = value !== undefined && { value: found };
  return new WampError('wamp.error.invalid_argument', [message], { parameter, expected, ...given });
}
