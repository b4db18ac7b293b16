import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { attachWith } from '../support/attach-with.ts';
import { startRouter } from '../support/router.ts';

const PROCEDURE = 'com.example.procedure';
const REVOCATION = ['registration_revocation'];

describe('force_reregister', () => {
  it('revokes the registration of another callee, whose pending calls may still be answered', async () => {
    await using test = await startRouter();
    await using previous = await attachWith(test.router, { callee: REVOCATION });
    await using next = await attachWith(test.router);
    await using caller = await attachWith(test.router);
    const revoked = await previous.register(PROCEDURE);
    caller.send([MessageType.CALL, 1, {}, PROCEDURE]);
    await previous.next();
    const registration = await next.register(PROCEDURE, { force_reregister: true });
    expect(registration).not.to.equal(revoked);
    const [type, request, details] = await previous.next();
    expect([type, request]).to.eql([67, 0]);
    expect(details).to.eql({ registration: revoked, reason: 'wamp.registration.revoked' });
    caller.send([MessageType.CALL, 2, {}, PROCEDURE]);
    expect((await next.next())[2]).to.equal(registration);
    previous.send([MessageType.YIELD, 1, {}]);
    expect(await caller.next()).to.eql([MessageType.RESULT, 1, {}]);
    expect((await previous.request(66, revoked))[4]).to.equal(Uri.NO_SUCH_REGISTRATION);
  });

  it('revokes a shared registration, and notifies callees that have announced revocation', async () => {
    await using test = await startRouter();
    await using told = await attachWith(test.router, { callee: REVOCATION });
    await using untold = await attachWith(test.router);
    await using next = await attachWith(test.router);
    for (const callee of [told, untold]) await callee.register(PROCEDURE, { invoke: 'first' });
    expect(await next.register(PROCEDURE, { force_reregister: true, invoke: 'single' })).to.be.a('number');
    expect((await told.next())[0]).to.equal(67);
    expect(await untold.pending()).to.eql([]);
    expect(test.router.stats().registrations).to.equal(1);
  });

  it('revokes registrations with the same match policy only', async () => {
    await using test = await startRouter();
    await using previous = await attachWith(test.router, { callee: REVOCATION });
    await using next = await attachWith(test.router);
    await previous.register('com.example', { match: 'prefix' });
    await next.register('com.example', { force_reregister: true });
    expect(await previous.pending()).to.eql([]);
  });

  it('registers normally if there is no registration', async () => {
    await using test = await startRouter();
    await using client = await attachWith(test.router, { callee: REVOCATION });
    const first = await client.register(PROCEDURE, { force_reregister: true });
    client.send([MessageType.REGISTER, client.nextRequest(), { force_reregister: true }, PROCEDURE]);
    expect((await client.next()).slice(0, 2)).to.eql([67, 0]);
    expect((await client.next())[2]).to.be.above(first);
  });

  it('moves waiting calls to the new callee', async () => {
    await using test = await startRouter();
    await using previous = await attachWith(test.router);
    await using next = await attachWith(test.router);
    await using caller = await attachWith(test.router);
    await previous.register(PROCEDURE, { concurrency: 1 });
    for (const request of [1, 2, 3]) caller.send([MessageType.CALL, request, {}, PROCEDURE, [request]]);
    await previous.next();
    const registration = await next.register(PROCEDURE, { force_reregister: true, concurrency: 1 });
    expect(await next.next()).to.eql([MessageType.INVOCATION, 1, registration, {}, [2]]);
    caller.send([MessageType.CANCEL, 3, {}]);
    expect((await caller.next()).slice(2, 5)).to.eql([3, {}, Uri.CANCELED]);
    previous.send([MessageType.YIELD, 1, {}]);
    expect(await caller.next()).to.eql([MessageType.RESULT, 1, {}]);
    expect(await previous.pending()).to.eql([]);
  });
});
