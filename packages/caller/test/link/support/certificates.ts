import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@pgwamp/harness';

/** A certificate of the tests, for `localhost`, and its key. */
export const tls = { cert: pem('server'), key: pem('server-key') };

/** The certificate of who has signed it. */
export const authority = pem('authority');

function pem(name: string): string {
  return readFileSync(join(repositoryRoot, 'packages/core/test/support/certificates', `${name}.pem`), 'utf8');
}
