import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

const PROCEDURE = 'com.example.procedure';

describe('Caller identification', () => {
  it('is requested by the caller for each call', async () => {
    await using test = await startRouter();
    await using callee = await WampClient.attach(test.router);
    await using caller = await WampClient.attach(test.router, { authid: 'joe', authrole: 'staff' });
    await callee.register(PROCEDURE);
    const identity = { caller: caller.session, caller_authid: 'joe', caller_authrole: 'staff' };
    for (const [options, details] of [
      [{ disclose_me: true }, identity],
      [{ disclose_me: false }, {}],
      [{ disclose_me: 1 }, {}],
      [{}, {}],
    ] as const) {
      caller.send([MessageType.CALL, caller.nextRequest(), options, PROCEDURE]);
      expect((await callee.next())[3]).to.eql(details);
    }
  });

  it('is requested by the callee, for any option of the caller', async () => {
    await using test = await startRouter();
    await using callee = await WampClient.attach(test.router);
    await using caller = await WampClient.attach(test.router, { authid: 'joe', authrole: 'staff' });
    await callee.register(PROCEDURE, { disclose_caller: true });
    const identity = { caller: caller.session, caller_authid: 'joe', caller_authrole: 'staff' };
    for (const options of [{}, { disclose_me: false }]) {
      caller.send([MessageType.CALL, caller.nextRequest(), options, PROCEDURE]);
      expect((await callee.next())[3]).to.eql(identity);
    }
  });

  it('is requested by each callee of a shared registration separately', async () => {
    await using test = await startRouter();
    await using curious = await WampClient.attach(test.router);
    await using other = await WampClient.attach(test.router);
    await using caller = await WampClient.attach(test.router);
    await curious.register(PROCEDURE, { invoke: 'roundrobin', disclose_caller: true });
    await other.register(PROCEDURE, { invoke: 'roundrobin' });
    for (const request of [1, 2]) caller.send([MessageType.CALL, request, {}, PROCEDURE]);
    expect((await curious.next())[3]).to.include({ caller: caller.session });
    expect((await other.next())[3]).to.eql({});
  });

  it('is requested by the configuration of a role', async () => {
    const permissions = [
      {
        uri: '',
        match: 'prefix' as const,
        allow: { call: true, register: true, publish: true, subscribe: true },
        disclose: { caller: true },
      },
    ];
    const realms = [{ name: 'realm1', roles: [{ name: 'anonymous', permissions }] }];
    await using test = await startRouter({ realms });
    await using callee = await WampClient.attach(test.router);
    await using caller = await WampClient.attach(test.router);
    await callee.register(PROCEDURE);
    caller.send([MessageType.CALL, 1, {}, PROCEDURE]);
    expect((await callee.next())[3]).to.include({ caller: caller.session });
  });
});
