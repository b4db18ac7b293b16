import { parseLossless, stringify } from '@pgwamp/core/internal/wamp';
import { CommandError } from '../errors.ts';

/**
 * Positional arguments of the command line: valid JSON is parsed, anything else is text.
 *
 * @throws `CommandError` for a text that begins like JSON but is invalid, since it is more likely a mistake than a text.
 */
export function argumentsOf(texts: readonly string[]): unknown[] {
  return texts.map((text, index) => {
    try {
      return parseLossless(text);
    } catch (error) {
      if (!/^\s*[[{"]/.test(text)) return text;
      throw new CommandError(
        `argument ${index + 1}: expected JSON, found ${text}: ${(error as Error).message}; to send it as text, write '${JSON.stringify(text)}'`,
      );
    }
  });
}

/**
 * An option that contains a JSON object.
 *
 * @throws `CommandError` naming the option.
 */
export function objectOf(option: string, text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {};
  let value: unknown;
  try {
    value = parseLossless(text);
  } catch (error) {
    throw new CommandError(`${option}: expected JSON, found ${text}: ${(error as Error).message}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new CommandError(`${option}: expected a JSON object, found ${text}`);
}

/** A payload for people: a single text unchanged, a single value as JSON, otherwise JSON with args and kwargs. */
export function payloadText(args: readonly unknown[], kwargs: Readonly<Record<string, unknown>> = {}): string {
  const hasKeywords = Object.keys(kwargs).length > 0;
  if (!hasKeywords && args.length === 1) return typeof args[0] === 'string' ? args[0] : stringify(args[0]);
  if (!hasKeywords) return args.length === 0 ? '' : stringify(args);
  return args.length === 0 ? stringify(kwargs) : `${stringify(args)} ${stringify(kwargs)}`;
}

/** Writes a line of JSON to standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${stringify(value)}\n`);
}
