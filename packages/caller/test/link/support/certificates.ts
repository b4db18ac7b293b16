import { certificate } from '@pgwamp/harness/fixtures/certificates';

/** A certificate of the tests, for `localhost`, and its key. */
export const tls = { cert: certificate('server'), key: certificate('server-key') };

/** The certificate of the authority that signed it. */
export const authority = certificate('authority');
