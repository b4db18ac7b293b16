import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The path of a PEM file of the tests; valid until 2120, for `localhost` and `server.example.com`. */
export function certificatePath(name: 'authority' | 'server' | 'server-key' | 'client' | 'client-key'): string {
  return join(import.meta.dirname, 'certificates', `${name}.pem`);
}

/** The text of a PEM file of the tests. */
export function certificate(name: Parameters<typeof certificatePath>[0]): string {
  return readFileSync(certificatePath(name), 'utf8');
}
