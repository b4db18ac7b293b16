import { createHmac } from 'node:crypto';
import type { NodeWithConsole } from './console.ts';

/** A key of tokens. */
export const key = 'a secret of at least thirty-two bytes';

/** A JWT by HS256. */
export function tokenOf(claims: object, secret = key): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256' })}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** Signs in, and returns the cookie. */
export async function signIn({ ask }: Pick<NodeWithConsole, 'ask'>, secret: string): Promise<string> {
  const answer = await ask('api/session', { method: 'POST', body: JSON.stringify({ secret }) });
  const [cookie = ''] = (answer.headers.get('set-cookie') ?? '').split(';');
  return cookie;
}
