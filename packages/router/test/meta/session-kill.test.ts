import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { metaProcedures } from '../support/meta.ts';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

const JOE = { authid: 'joe', authrole: 'backend' };
const ANN = { authid: 'ann', authrole: 'frontend' };

const { ask, refusal } = metaProcedures('wamp.session.');

describe('Session kill procedures', () => {
  it('end one session with GOODBYE and the given reason', async () => {
    await using test = await startRouter();
    await using joe = await WampClient.attach(test.router, JOE);
    await using ann = await WampClient.attach(test.router, ANN);
    const farewell = { reason: 'com.example.enough', message: 'go home' };
    const [type] = await joe.request(48, {}, 'wamp.session.kill', [ann.session], farewell);
    expect(type).to.equal(50);
    expect(await ann.next()).to.eql([6, { message: 'go home' }, 'com.example.enough']);
    expect(await ask(joe, 'list')).to.eql([joe.session]);
  });

  it('use the reason wamp.close.killed by default', async () => {
    await using test = await startRouter();
    await using joe = await WampClient.attach(test.router, JOE);
    await using ann = await WampClient.attach(test.router, ANN);
    await joe.request(48, {}, 'wamp.session.kill', [ann.session]);
    expect(await ann.next()).to.eql([6, {}, 'wamp.close.killed']);
  });

  it("refuse an unknown session, and the caller's own", async () => {
    await using test = await startRouter();
    await using joe = await WampClient.attach(test.router, JOE);
    for (const id of [1, joe.session]) {
      expect(await refusal(joe, 'kill', [id])).to.equal(Uri.NO_SUCH_SESSION);
    }
  });

  it("end the sessions of an authid except the caller's own, and return their ids", async () => {
    await using test = await startRouter();
    await using joe = await WampClient.attach(test.router, JOE);
    await using twin = await WampClient.attach(test.router, JOE);
    await using ann = await WampClient.attach(test.router, ANN);
    expect(await ask(joe, 'kill_by_authid', ['joe'])).to.eql([twin.session]);
    expect((await twin.next())[0]).to.equal(6);
    expect(await ask(ann, 'count')).to.equal(2);
  });

  it("end the sessions of a role except the caller's own, and return their number", async () => {
    await using test = await startRouter();
    await using joe = await WampClient.attach(test.router, JOE);
    await using ann = await WampClient.attach(test.router, ANN);
    await using eve = await WampClient.attach(test.router, { authid: 'eve', authrole: 'frontend' });
    expect(await ask(ann, 'kill_by_authrole', ['frontend'])).to.equal(1);
    expect((await eve.next())[0]).to.equal(6);
    expect(await ask(joe, 'list')).to.have.members([joe.session, ann.session]);
  });

  it("end all sessions except the caller's own, without meta events", async () => {
    await using test = await startRouter();
    await using joe = await WampClient.attach(test.router, JOE);
    await using ann = await WampClient.attach(test.router, ANN);
    await using eve = await WampClient.attach(test.router);
    await joe.subscribe('wamp.session.on_leave');
    expect(await ask(joe, 'kill_all', [], { reason: 'com.example.enough' })).to.equal(2);
    for (const client of [ann, eve]) expect(await client.next()).to.eql([6, {}, 'com.example.enough']);
    expect(await joe.pending()).to.eql([]);
  });

  it('report the end to the application', async () => {
    await using test = await startRouter();
    await using joe = await WampClient.attach(test.router, JOE);
    await using ann = await WampClient.attach(test.router, ANN);
    await joe.request(48, {}, 'wamp.session.kill', [ann.session], { reason: 'com.example.enough' });
    expect(test.ends[0]).to.include({ session: ann.session, cause: 'killed', message: 'com.example.enough' });
  });

  it('refuse wrong arguments', async () => {
    await using test = await startRouter();
    await using joe = await WampClient.attach(test.router, JOE);
    const wrong: [string, ...unknown[]][] = [
      ['kill', [0]],
      ['kill', [1], { reason: 1 }],
      ['kill_all', [], { message: {} }],
      ['kill_by_authid', [1]],
      ['kill_by_authrole'],
    ];
    for (const [procedure, ...payload] of wrong) {
      expect(await refusal(joe, procedure, ...payload), procedure).to.equal(Uri.INVALID_ARGUMENT);
    }
    expect(await refusal(joe, 'kill_all', [], { reason: 'no uri' })).to.equal(Uri.INVALID_URI);
  });
});
