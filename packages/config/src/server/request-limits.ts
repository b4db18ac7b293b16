/**
 * Options for `node:http`: connections that stay silent, or do not finish their request, are closed after `timeout`
 * milliseconds. The defaults of Node.js are minutes, and it checks only every 30 s.
 *
 * @example
 * ```ts
 * const server = createServer(requestLimits(20_000), answer);
 * ```
 */
export function requestLimits(timeout: number): {
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly connectionsCheckingInterval: number;
} {
  return {
    headersTimeout: timeout,
    requestTimeout: timeout,
    connectionsCheckingInterval: Math.max(50, Math.floor(timeout / 4)),
  };
}
