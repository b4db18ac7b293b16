import { createHmac } from 'node:crypto';
import type { BridgeOptions, RouterOptions, WebService } from '../../src/index.ts';
import { startRouter } from './router.ts';

/** A router with a web transport of its own. */
export async function startWeb(paths: Readonly<Record<string, WebService>>, options: Partial<RouterOptions> = {}) {
  const test = await startRouter(options);
  const endpoint = { type: 'tcp', port: 0 } as const;
  const web = await test.router.listen({ type: 'web', endpoint, paths });
  return { ...test, web, http: `http://127.0.0.1:${web.port}` };
}

/** A router with both bridges, for a role. */
export function startBridges(bridge: BridgeOptions = {}, options: Partial<RouterOptions> = {}) {
  const common = { realm: 'realm1', role: 'anonymous', options: bridge };
  return startWeb({ publish: { type: 'publisher', ...common }, 'api/call': { type: 'caller', ...common } }, options);
}

/** Posts JSON text, and gives status and body. */
export async function post(url: string, body: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', connection: 'close', ...headers },
  });
  return { status: response.status, text: await response.text() };
}

/** The query of a signed request. */
export function signed(body: string, { key = 'k', secret = 's', timestamp = new Date().toISOString() } = {}): string {
  const [seq, nonce] = ['1', '-42'];
  const signature = createHmac('sha256', secret)
    .update(key + timestamp + seq + nonce + body)
    .digest('base64url');
  return `?${new URLSearchParams({ key, timestamp, seq, nonce, signature: `${signature}=` })}`;
}
