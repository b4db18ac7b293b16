const LONGEST = 100;

/**
 * What was found in a message, in words for an error: short, however long it is, and possible for whatever a serializer
 * may bring, big integers and bytes among it.
 */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Uint8Array) return 'bytes';
  return Array.isArray(value) ? 'a list' : 'a dictionary';
}
