import { SessionLostError, type WampError } from '@pgwamp/core';
import { withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { ExternalSession } from '../../src/wamp/autobahn/external-session.ts';
import { abortion } from '../support/abort.ts';
import { application } from '../support/application.ts';
import { startRealRouter } from '../support/real-router.ts';
import { startScriptedRouter } from '../support/scripted-router.ts';

const limits = { maxMessageSize: 16 * 1024 * 1024, maxDepth: 128 };

describe('External session: publications', () => {
  it('publishes with acknowledgement, and leaves the session open', async () => {
    await using router = await startRealRouter();
    using app = await application(router.url);
    await using subscriber = await router.join();
    const event = Promise.withResolvers<unknown>();
    await subscriber.subscribe('com.example.topic', (args, kwargs) => event.resolve([args, kwargs]));
    await using external = new ExternalSession(app.session, limits);
    expect(external.id).to.equal(app.session.id);
    const { id } = await external.publishText('', 'com.example.topic', '["a"]', '{"b": 2}');
    expect(id).to.be.a('number');
    expect(await withDeadline(event.promise, 20_000, 'the event')).to.deep.equal([['a'], { b: 2 }]);
    await external.leave();
    expect(app.session.isOpen).to.equal(true);
  });

  it('keeps every digit of int8 and numeric', async () => {
    await using router = await startScriptedRouter();
    const joining = application(router.url);
    const peer = await router.peer();
    await peer.welcome();
    using app = await joining;
    await using external = new ExternalSession(app.session, limits);
    const answer = external.publishText('{"retain": true}', 'com.example.topic', '[9223372036854775807, 1.10]', '');
    const frame = await peer.nextText();
    const [, request] = JSON.parse(frame);
    expect(frame)
      .to.include('[9223372036854775807,1.10]')
      .and.to.include('"retain":true')
      .and.to.include('"acknowledge":true');
    peer.send([17, request, 5]);
    expect(await answer).to.have.property('id', 5);
  });

  it('fails with the error of the router, or for malformed JSON', async () => {
    await using router = await startRealRouter();
    using app = await application(router.url);
    await using external = new ExternalSession(app.session, limits);
    const refused = await rejection<WampError>(external.publishText('', 'wamp.reserved', '', ''));
    expect(refused.error).to.equal('wamp.error.invalid_uri');
    const wrong = await rejection<WampError>(external.publishText('', 'com.example.topic', '[', ''));
    expect(wrong.error).to.equal('wamp.error.invalid_argument');
  });

  it('fails pending publications when the session is lost (AutobahnJS trap 4)', async () => {
    await using router = await startScriptedRouter();
    const joining = application(router.url);
    const peer = await router.peer();
    await peer.welcome();
    using app = await joining;
    await using external = new ExternalSession(app.session, limits);
    const answer = rejection(external.publishText('', 'com.example.topic', '', ''));
    await peer.next();
    peer.webSocket.terminate();
    expect(await abortion(external.lost)).to.be.instanceOf(SessionLostError);
    expect(await answer).to.equal(external.lost.reason);
    expect(await rejection(external.publishText('', 'com.example.topic', '', ''))).to.equal(external.lost.reason);
  });

  it('refuses a session that is not open', async () => {
    await using router = await startRealRouter();
    using app = await application(router.url);
    await router.router.close();
    await using external = app.session.isOpen ? new ExternalSession(app.session, limits) : undefined;
    if (external) await abortion(external.lost);
    expect(() => new ExternalSession(app.session, limits)).to.throw(SessionLostError);
  });
});
