import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { DatabaseConfiguration } from '@pgwamp/config';

/** Node's TLS options out of `extra.database.ssl`; undefined leaves it to the URI, false is no TLS. */
export function tlsOptions(ssl: DatabaseConfiguration['ssl']): ConnectionOptions | boolean | undefined {
  if (typeof ssl !== 'object') return ssl;
  const { ca, cert, key, servername, rejectUnauthorized } = ssl;
  return {
    rejectUnauthorized,
    ...(ca !== undefined && { ca: pem(ca) }),
    ...(cert !== undefined && { cert: pem(cert) }),
    ...(key !== undefined && { key: pem(key) }),
    ...(servername !== undefined && { servername }),
  };
}

function pem(textOrPath: string): string {
  return textOrPath.startsWith('-----BEGIN') ? textOrPath : readFileSync(textOrPath, 'utf8');
}
