import { ChannelSubscriptions } from '@pgwamp/core/internal/postgres';
import { expect } from 'chai';
import { pino } from 'pino';
import { NotifyFeed } from '../../src/feeds/notify-feed.ts';

/** The subscriptions to channels that a feed uses, controlled by hand. */
class ToldSubscriptions extends ChannelSubscriptions {
  subscriber: Parameters<ChannelSubscriptions['subscribe']>[1] = {};

  override subscribe(...[channel, subscriber]: Parameters<ChannelSubscriptions['subscribe']>) {
    this.subscriber = subscriber;
    return super.subscribe(channel, subscriber);
  }
}

describe('NotifyFeed', () => {
  it('reports an interruption before the next messages, even if they arrive before LISTEN is confirmed', async () => {
    const subscriptions = new ToldSubscriptions(pino({ level: 'silent' }));
    const events: string[] = [];
    const feed = new NotifyFeed(subscriptions, {
      message: ({ payload }) => events.push(String(payload)),
      interrupted: (channels) => events.push(`${channels} interrupted`),
      resumed: (channels) => events.push(`${channels} resumed`),
    });
    const listening = feed.listen('orders');
    const { subscriber } = subscriptions;
    const since = { time: '', lsn: '0/0' };
    subscriber.listening?.(since);
    await listening;
    subscriber.notifiedBytes?.(Buffer.from('1'));
    subscriber.interrupted?.(new Error('gone'));
    subscriber.notifiedBytes?.(Buffer.from('3'));
    subscriber.listening?.(since);
    subscriber.notifiedBytes?.(Buffer.from('4'));
    expect(events).to.deep.equal(['1', 'orders interrupted', 'orders resumed', '3', '4']);
  });
});
