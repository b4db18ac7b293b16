import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

type Name = 'authority' | 'server' | 'server-key' | 'client' | 'client-key';

/** The path of a PEM file of the tests; those of the core's tests are valid until 2120, for `localhost`. */
export function certificatePath(name: Name): string {
  return fileURLToPath(new URL(`../../../core/test/support/certificates/${name}.pem`, import.meta.url));
}

/** The text of a PEM file of the tests. */
export function certificate(name: Name): string {
  return readFileSync(certificatePath(name), 'utf8');
}
