const LONGEST = 100;

/**
 * A value of a message as text for an error message: short, whatever its length, and defined for everything that a
 * serializer can decode, big integers and bytes included.
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
