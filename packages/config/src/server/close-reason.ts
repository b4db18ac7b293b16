/** The number of bytes that a close frame of a WebSocket can hold besides its code. */
const maxBytes = 123;

/**
 * Shortens a reason to the size that fits into the close frame of a WebSocket.
 *
 * @example
 * ```ts
 * webSocket.close(1008, closeReason(error.message));
 * ```
 *
 * @returns at most 123 bytes of UTF-8; a shortened reason ends with `…`.
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-5.5
 */
export function closeReason(reason: string): string {
  const bytes = Buffer.from(reason);
  if (bytes.length <= maxBytes) return reason;
  // A character cut in two becomes U+FFFD.
  const text = bytes.subarray(0, maxBytes - 3).toString();
  return `${text.replace(/\uFFFD+$/, '')}…`;
}
