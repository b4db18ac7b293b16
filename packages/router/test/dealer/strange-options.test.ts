import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { createRealm, DirectSession } from '../support/direct-realm.ts';

const PROCEDURE = 'com.example.procedure';

/** Values that JSON does not have, or not so long. */
const values = [2n ** 60n, new Uint8Array(3), [[]], { a: 1 }, Object.create(null), 'x'.repeat(100_000), Number.NaN];

describe('Options of unexpected types', () => {
  it('are refused with a short error', () => {
    const realm = createRealm();
    const session = new DirectSession(realm, 1);
    session.request([MessageType.REGISTER, 1, {}, 'com.example']);
    for (const value of values) {
      for (const [type, option, target] of [
        [64, 'match', [PROCEDURE]],
        [64, 'invoke', [PROCEDURE]],
        [64, 'concurrency', [PROCEDURE]],
        [48, 'timeout', ['com.example']],
        [48, 'forward_for', ['com.example']],
        [49, 'mode', []],
      ] as const) {
        session.requestValues([type, 1, { [option]: value }, ...target]);
        const [, , , , error, args] = session.received.at(-1) ?? [];
        expect(error).to.be.oneOf([Uri.OPTION_NOT_ALLOWED, Uri.INVALID_ARGUMENT]);
        expect(JSON.stringify(args).length).to.be.below(300);
      }
    }
  });
});
