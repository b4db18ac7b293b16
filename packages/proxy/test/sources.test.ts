import { expect } from 'chai';
import { prepareStage } from './support/stage.ts';

describe('the sources of a Proxy', () => {
  it('delivers row changes, each to its destination', async () => {
    await using stage = await prepareStage();
    await using _proxy = await stage.start();
    await stage.run(`INSERT INTO orders VALUES (1, 'tea'); UPDATE orders SET item = 'milk'; DELETE FROM orders`);
    await stage.broker.has(3);
    expect(stage.broker.messages.map(({ destination }) => destination)).to.deep.equal([
      'public.orders.insert',
      'public.orders.update',
      'public.orders.delete',
    ]);
    expect(stage.broker.messages.map(({ origin }) => origin.source)).to.deep.equal(['changes', 'changes', 'changes']);
    expect(stage.broker.messages[0]?.id).to.match(/^[\dA-F]+\/[\dA-F]+\/0$/);
  });

  it('delivers notifications of several channels, and takes keys out of them', async () => {
    await using stage = await prepareStage();
    await using _proxy = await stage.start({
      sources: { notes: { kind: 'channel', channels: ['A b', 'c'], framing: 'key' } },
      routes: [{ from: 'notes', to: 'broker', destination: '{channel}' }],
    });
    await stage.run(`NOTIFY "A b", 'signup|A new user|x'; NOTIFY c, '{"a": "x|y"}'; NOTIFY c, '|z'; NOTIFY c`);
    await stage.broker.has(4);
    const { messages } = stage.broker;
    expect(messages.map(({ destination }) => destination)).to.deep.equal(['A b', 'c', 'c', 'c']);
    expect(stage.broker.texts()).to.deep.equal(['A new user|x', '{"a": "x|y"}', 'z', '']);
    expect(new Set(messages.map(({ id }) => id)).size).to.equal(4);
  });
});
