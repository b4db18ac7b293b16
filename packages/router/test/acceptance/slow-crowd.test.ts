import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { until } from '../support/deadline.ts';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

const CROWD = 1_000;

describe('Many slow receivers', () => {
  it('are closed together, each causing events for the others, without effect on other sessions', async () => {
    await using test = await startRouter({ limits: { maxBufferedBytes: 4096, highWaterBytes: 2 ** 30 } });
    const { router } = test;
    for (let count = 0; count < CROWD; count++) {
      const slow = router.attach();
      slow.send('[1,"realm1",{"roles":{"caller":{}}}]');
      slow.send('[32,1,{},"topic"]');
      slow.send('[32,2,{},"wamp.session.on_leave"]');
    }
    await using publisher = await WampClient.attach(router);
    await until(() => router.stats().sessions === CROWD + 1, 'everybody is there');
    // In one turn of the event loop nobody takes anything, so that all of them are at their bound at once.
    for (let request = 1; request <= 90; request++)
      publisher.send([MessageType.PUBLISH, request, {}, 'topic', ['twenty characters...']]);
    await until(() => router.stats().sessions === 1, 'the crowd has gone');
    expect(test.errors).to.eql([]);
    expect(router.stats().sessionsEnded).to.include({ slow: CROWD, fault: 0 });
    expect((await publisher.publish('topic'))[0]).to.equal(17);
  });
});
