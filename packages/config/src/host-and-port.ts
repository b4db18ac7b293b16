/**
 * Formats a host and a port as in URLs. An IPv6 address is put in brackets.
 *
 * @example
 * ```ts
 * hostAndPort('::1', 8080); // [::1]:8080
 * ```
 */
export function hostAndPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
