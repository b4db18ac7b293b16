const LONGEST = 100;

/**
 * Formats a value of a message for an error message. The text is short for values of any length, and defined for
 * everything that a serializer can decode, including big integers and bytes.
 *
 * @example
 * ```ts
 * toText('com.example.topic'); // "com.example.topic", with the quotation marks
 * toText([1, 2]); // a list
 * ```
 */
export function toText(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Uint8Array) return 'bytes';
  return Array.isArray(value) ? 'a list' : 'a dictionary';
}
