import { startTcpProxy, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { ReceiveError } from '../../src/index.ts';
import { openPage, type RunningGateway, startGateway } from '../support/browser-gateway.ts';

/** Starts the client in a page of the gateway, with these channels; what it reports is gathered in `events`. */
async function startClient(page: Page, { port }: RunningGateway, channels: string[]): Promise<void> {
  await page.goto(`http://127.0.0.1:${port}/`);
  await page.evaluate(
    async ([port, channels]) => {
      const { connect } = await import('/pages/client.js' as string);
      const events: string[] = [];
      const client = connect(`ws://127.0.0.1:${port}/listen`, {
        channels,
        pause: { first: 20, max: 200 },
        onMessage: ({ channel, payload }: Record<string, string>) => events.push(`${channel}: ${payload}`),
        onGap: ({ channel }: Record<string, string>) => events.push(`gap in ${channel}`),
        onListening: (channel: string) => events.push(`listening to ${channel}`),
        onRefused: (channel: string) => events.push(`${channel} refused`),
        onState: (state: string) => events.push(state),
      });
      Object.assign(globalThis, { client, events });
    },
    [port, channels] as const,
  );
  for (const channel of channels) await sees(page, `listening to ${channel}`);
}

const eventsOf = (page: Page) => page.evaluate('events') as Promise<string[]>;

async function sees(page: Page, event: string): Promise<void> {
  await waitFor(async () => (await eventsOf(page)).includes(event), { what: event });
}

describe('Browser client, in a browser', function () {
  this.timeout(60_000);

  it('listens to several channels and patterns on one socket', async () => {
    await using running = await startGateway();
    await using watched = await openPage();
    const { page } = watched;
    await startClient(page, running, ['people', 'Orders']);
    await running.sql.query(`NOTIFY people, 'one'; NOTIFY "Orders", 'two'; NOTIFY other, 'three'`);
    await sees(page, 'Orders: two');
    expect(running.gateway.status().clients).to.equal(1);
    await page.evaluate(`client.subscribe('other'); client.unsubscribe('people')`);
    await sees(page, 'listening to other');
    await running.sql.query(`NOTIFY people, 'four'; NOTIFY other, 'five'`);
    await sees(page, 'other: five');
    expect(await eventsOf(page))
      .to.include('people: one')
      .and.not.include('people: four')
      .and.not.include('other: three');
    expect(watched.complaints).to.deep.equal([]);
  });

  it('receives all messages after its socket was cut, or reports a gap', async () => {
    await using running = await startGateway({ history: { messages: 5 } });
    await using proxy = await startTcpProxy({ host: '127.0.0.1', port: running.port });
    await using watched = await openPage();
    const { page } = watched;
    await startClient(page, { ...running, port: proxy.port }, ['people']);
    await running.sql.query(`NOTIFY people, 'before'`);
    await sees(page, 'people: before');
    const outage = async (first: number, last: number) => {
      proxy.refuse();
      proxy.cut();
      await sees(page, 'waiting');
      const wanted = running.gateway.status().messagesIn + last - first + 1;
      for (let number = first; number <= last; number += 1) await running.sql.query(`NOTIFY people, '${number}'`);
      // Before the client reconnects, or it would receive some of them live.
      await waitFor(() => running.gateway.status().messagesIn === wanted, { what: 'the messages at the gateway' });
      await proxy.resume();
      await running.sql.query(`NOTIFY people, 'after ${last}'`);
      await sees(page, `people: after ${last}`);
    };
    await outage(1, 3);
    const messages = (await eventsOf(page)).filter((event) => event.startsWith('people'));
    expect(messages).to.deep.equal(['before', '1', '2', '3', 'after 3'].map((payload) => `people: ${payload}`));
    expect(await eventsOf(page)).to.not.include('gap in people');
    await page.evaluate('events.splice(0)');
    await outage(4, 20);
    expect(await eventsOf(page)).to.include('gap in people');
  });

  it('sends messages, and receives answers or errors', async () => {
    const receive = async (_client: unknown, channel: string, message: string) => {
      if (message === 'fail') throw new ReceiveError('no');
      return message === 'nothing' ? undefined : `${channel}: ${message}`;
    };
    await using running = await startGateway({}, '', { receiver: { receive } });
    await using watched = await openPage();
    await startClient(watched.page, running, ['people', 'other']);
    const send = (message: string, channel = 'people') =>
      watched.page.evaluate(`client.send('${message}', '${channel}').catch(({ message }) => 'failed: ' + message)`);
    expect(await send('hello')).to.equal('people: hello');
    expect(await send('nothing')).to.equal(null);
    expect(await send('fail')).to.equal('failed: no');
    expect(await send('hello', 'elsewhere')).to.equal('failed: you do not listen to "elsewhere"');
  });
});
