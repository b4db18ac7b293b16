import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

const JOE = { authid: 'joe', authrole: 'backend' };
const ANN = { authid: 'ann', authrole: 'frontend' };

/** Calls a meta procedure and gives its only result. */
async function ask(client: WampClient, procedure: string, ...payload: unknown[]): Promise<unknown> {
  const [type, , , args] = await client.request(48, {}, procedure, ...payload);
  expect(type).to.equal(50);
  return (args as unknown[])[0];
}

async function refusal(client: WampClient, procedure: string, ...payload: unknown[]): Promise<unknown> {
  const [type, , , , error] = await client.request(48, {}, procedure, ...payload);
  expect(type).to.equal(8);
  return error;
}

describe('session kill procedures', () => {
  it('end one session with GOODBYE, for the reason given', async () => {
    await using test = await startRouter();
    await using joe = await WampClient.attach(test.router, JOE);
    await using ann = await WampClient.attach(test.router, ANN);
    const farewell = { reason: 'com.example.enough', message: 'go home' };
    const [type] = await joe.request(48, {}, 'wamp.session.kill', [ann.session], farewell);
    expect(type).to.equal(50);
    expect(await ann.next()).to.eql([6, { message: 'go home' }, 'com.example.enough']);
    expect(await ask(joe, 'wamp.session.list')).to.eql([joe.session]);
  });

  it('say wamp.close.normal if they were told nothing else', async () => {
    await using test = await startRouter();
    await using joe = await WampClient.attach(test.router, JOE);
    await using ann = await WampClient.attach(test.router, ANN);
    await joe.request(48, {}, 'wamp.session.kill', [ann.session]);
    expect(await ann.next()).to.eql([6, {}, 'wamp.close.normal']);
  });

  it('know no session that is not there, and not the own one', async () => {
    await using test = await startRouter();
    await using joe = await WampClient.attach(test.router, JOE);
    for (const id of [1, joe.session]) {
      expect(await refusal(joe, 'wamp.session.kill', [id])).to.equal(Uri.NO_SUCH_SESSION);
    }
  });

  it('end the sessions of an authid, except the own one, and name them', async () => {
    await using test = await startRouter();
    await using joe = await WampClient.attach(test.router, JOE);
    await using twin = await WampClient.attach(test.router, JOE);
    await using ann = await WampClient.attach(test.router, ANN);
    expect(await ask(joe, 'wamp.session.kill_by_authid', ['joe'])).to.eql([twin.session]);
    expect((await twin.next())[0]).to.equal(6);
    expect(await ask(ann, 'wamp.session.count')).to.equal(2);
  });

  it('end the sessions of a role, except the own one, and count them', async () => {
    await using test = await startRouter();
    await using joe = await WampClient.attach(test.router, JOE);
    await using ann = await WampClient.attach(test.router, ANN);
    await using eve = await WampClient.attach(test.router, { authid: 'eve', authrole: 'frontend' });
    expect(await ask(ann, 'wamp.session.kill_by_authrole', ['frontend'])).to.equal(1);
    expect((await eve.next())[0]).to.equal(6);
    expect(await ask(joe, 'wamp.session.list')).to.have.members([joe.session, ann.session]);
  });

  it('end all sessions but the own one, without events that nobody else could receive', async () => {
    await using test = await startRouter();
    await using joe = await WampClient.attach(test.router, JOE);
    await using ann = await WampClient.attach(test.router, ANN);
    await using eve = await WampClient.attach(test.router);
    await joe.subscribe('wamp.session.on_leave');
    expect(await ask(joe, 'wamp.session.kill_all', [], { reason: 'com.example.enough' })).to.equal(2);
    for (const client of [ann, eve]) expect(await client.next()).to.eql([6, {}, 'com.example.enough']);
    expect(await joe.pending()).to.eql([]);
  });

  it('are told to the application', async () => {
    await using test = await startRouter();
    await using joe = await WampClient.attach(test.router, JOE);
    await using ann = await WampClient.attach(test.router, ANN);
    await joe.request(48, {}, 'wamp.session.kill', [ann.session], { reason: 'com.example.enough' });
    expect(test.ends[0]).to.include({ session: ann.session, cause: 'killed', message: 'com.example.enough' });
  });

  it('refuse arguments that are of another kind', async () => {
    await using test = await startRouter();
    await using joe = await WampClient.attach(test.router, JOE);
    const wrong: [string, ...unknown[]][] = [
      ['wamp.session.kill', [0]],
      ['wamp.session.kill', [1], { reason: 1 }],
      ['wamp.session.kill_all', [], { message: {} }],
      ['wamp.session.kill_by_authid', [1]],
      ['wamp.session.kill_by_authrole'],
    ];
    for (const [procedure, ...payload] of wrong) {
      expect(await refusal(joe, procedure, ...payload), procedure).to.equal(Uri.INVALID_ARGUMENT);
    }
    expect(await refusal(joe, 'wamp.session.kill_all', [], { reason: 'no uri' })).to.equal(Uri.INVALID_URI);
  });
});
