import { WampError } from '@pgwamp/core';
import { expect } from 'chai';
import type { FuzzedCall } from './fuzzed-functions.ts';

/** Undefined names, and functions of other arguments: the Callee may say that the function is not there, or that the arguments are wrong. */
const undefinedObjects = ['42883', '42704', '42P01', '42725'];

/** A result as JSON text, or an error. */
export type Outcome = { readonly result: string } | { readonly error: Error & { readonly code?: string } };

/** The outcome of a call. */
export function outcomeOf(promise: Promise<string>): Promise<Outcome> {
  return promise.then(
    (result) => ({ result }),
    (error: Error) => ({ error }),
  );
}

/**
 * Fails unless a call had the same result by WAMP as in SQL, or an error that is as good.
 *
 * @param isGone whether there is no such function now.
 * @param strictly whether the errors of a single wrong value have to be the same.
 */
export function expectSame(ours: Outcome, theirs: Outcome, call: FuzzedCall, isGone: boolean, strictly: boolean): void {
  if ('error' in theirs || 'error' in ours) {
    expect(ours, `${call.sql}: ${JSON.stringify(theirs)}`)
      .to.have.property('error')
      .that.is.instanceOf(WampError);
    expect(theirs, `${call.sql}: ${'error' in ours && ours.error.message}`).to.have.property('error');
    const [own, other] = [ours, theirs].map((each) => ('error' in each ? each.error : undefined));
    const allowed = ['wamp.error.invalid_argument'];
    if (isGone || undefinedObjects.includes(other?.code ?? '')) allowed.push('wamp.error.unavailable');
    expect((own as WampError).error, `${call.sql}: ${own?.message}, ${other?.message}`).to.be.oneOf(allowed);
    if (call.wrong === 1 && !call.misplaced && strictly && allowed.length === 1)
      expect(own?.message, call.sql).to.include(other?.message);
  } else if (ours.result !== theirs.result) {
    expect(ours.result, call.sql).to.equal(withBase64(theirs.result));
  }
}

function withBase64(json: string): string {
  return json.replace(/"\\\\x((?:[0-9a-f]{2})*)"/g, (_, hex: string) => {
    return `"\\u0000${Buffer.from(hex, 'hex').toString('base64')}"`;
  });
}
