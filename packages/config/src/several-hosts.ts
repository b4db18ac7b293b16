/** The scheme of a URI, its login, its hosts, its path and its query. */
const parts = /^(postgres(?:ql)?:\/\/)([^/?#]*@)?([^/?#]*)([^?#]*)(?:\?([^#]*))?/s;

/**
 * Splits a URI with several hosts, as libpq has them, into a URI for each host.
 *
 * @example
 * ```ts
 * singleHostUris('postgres://crossbar@db1:5433,db2/shop');
 * // ['postgres://crossbar@db1:5433/shop', 'postgres://crossbar@db2/shop']
 * singleHostUris('postgres:///shop?host=db1,db2&port=5433');
 * // ['postgres:///shop?host=db1&port=5433', 'postgres:///shop?host=db2&port=5433']
 * ```
 */
export function singleHostUris(uri: string): string[] {
  const [, scheme = '', login = '', authority = '', path = '', query] = parts.exec(uri) ?? [];
  if (authority.includes(',')) {
    const rest = query === undefined ? path : `${path}?${query}`;
    return authority.split(',').map((host) => `${scheme}${login}${host}${rest}`);
  }
  const parameters = new URLSearchParams(query);
  const hosts = parameters.get('host')?.split(',') ?? [];
  if (hosts.length < 2) return [uri];
  const ports = parameters.get('port')?.split(',') ?? [];
  return hosts.map((host, index) => {
    const own = new URLSearchParams(parameters);
    own.set('host', host);
    const port = ports[index] ?? ports[0];
    if (port !== undefined) own.set('port', port);
    return `${scheme}${login}${authority}${path}?${own}`;
  });
}

/**
 * Replaces the login of a URI, which may have several hosts.
 *
 * @example
 * ```ts
 * withLogin('postgres://crossbar:a@db1,db2/shop', { user: 'crossbar_worker', password: 'b' });
 * // postgres://crossbar_worker:b@db1,db2/shop
 * ```
 */
export function withLogin(uri: string, { user, password }: { user: string; password?: string | undefined }): string {
  const [, scheme = '', , authority = '', path = '', query] = parts.exec(uri) ?? [];
  const login = [user, password].flatMap((part) => (part ? [encodeURIComponent(part)] : [])).join(':');
  const parameters = new URLSearchParams(query);
  for (const name of ['user', 'password']) parameters.delete(name);
  return `${scheme}${login}@${authority}${path}${parameters.size > 0 ? `?${parameters}` : ''}`;
}
