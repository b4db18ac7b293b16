import { WampError } from '../errors.ts';
import { stringify } from '../json.ts';

/** Characters of a value that an error repeats. */
const shown = 200;

/**
 * The error for an argument that a parameter cannot take.
 *
 * @param parameter its name, or `$2` where it has none; within composites and arrays the way to it, such as `who.children[0]`.
 * @param expected the type.
 * @param value what was given.
 * @param reason what is wrong with it, if the type does not say it.
 */
export function invalidArgument(parameter: string, expected: string, value: unknown, reason?: string): WampError {
  const found = textOf(value);
  const message = `${parameter}: expected ${expected}, found ${found}${reason ? `: ${reason}` : ''}`;
  return new WampError('wamp.error.invalid_argument', [message], { parameter, expected, value: found });
}

/** The error for arguments that do not fit the parameters. */
export function misplacedArgument(parameter: string, reason: string): WampError {
  return new WampError('wamp.error.invalid_argument', [`${parameter}: ${reason}`], { parameter });
}

function textOf(value: unknown): string {
  const text = value === undefined ? 'nothing' : stringify(value);
  // Cut between characters, since half of one is no text.
  return text.length > shown
    ? `${text
        .slice(0, shown)
        .toWellFormed()
        .replace(/\ufffd$/, '')}...`
    : text;
}
