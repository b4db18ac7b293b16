import { expect } from 'chai';
import { createRouter } from '../src/index.ts';
import { WampClient } from './support/wamp-client.ts';

describe('smoke', () => {
  it('works', async () => {
    await using router = createRouter({ realms: ['realm1'] });
    const { url } = await router.listen();
    await using a = await WampClient.open(url);
    await using b = await WampClient.attach(router);
    const sub = await a.subscribe('com.x');
    const [t, r, pub] = await b.publish('com.x', {}, [1, [2]], { k: 1 });
    expect([t, r]).to.eql([17, 1]);
    expect(await a.next()).to.eql([36, sub, pub, {}, [1, [2]], { k: 1 }]);
    await a.register('com.p');
    b.send([48, 5, {}, 'com.p', [1]]);
    const [, inv] = await a.next();
    a.send([70, inv, {}, [7]]);
    expect(await b.next()).to.eql([50, 5, {}, [7]]);
  });
});
