/**
 * Host and port as URLs and messages write them: an IPv6 address stands in brackets.
 *
 * @example
 * ```ts
 * hostAndPort('::1', 8080); // [::1]:8080
 * ```
 */
export function hostAndPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
