import { barriersOf, isTooWide, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { openPage, startGateway } from '../support/browser-gateway.ts';

const asPostgresql2websocket = { path: '/{channel}', page: 'console' } as const;

async function shows(page: Page, selector: string, text: string): Promise<void> {
  const what = `${selector} to show ${text}`;
  await waitFor(async () => ((await page.textContent(selector)) ?? '').includes(text), { what });
}

describe('Gateway: console', function () {
  this.timeout(60_000);

  it('shows messages on the channel of postgresql2websocket, newest first', async () => {
    await using running = await startGateway(asPostgresql2websocket);
    await using watched = await openPage();
    const { page } = watched;
    for (const path of ['', 'console.html']) {
      await page.goto(`http://127.0.0.1:${running.port}/${path}`);
      await shows(page, '#status', 'Connected to postgresql2websocket');
      await running.sql.query(`NOTIFY postgresql2websocket, 'one'; NOTIFY postgresql2websocket, 'two'`);
      await shows(page, '#journal', 'one');
      expect(await page.textContent('#journal')).to.match(/^.+: two\n.+: one\n$/);
    }
    expect(watched.complaints).to.deep.equal([]);
  });

  it('opens another channel by its field and by its address', async () => {
    await using running = await startGateway(asPostgresql2websocket);
    await using watched = await openPage();
    const { page } = watched;
    await page.goto(`http://127.0.0.1:${running.port}/?channel=a%2Fb`);
    await shows(page, '#status', 'Connected to a/b');
    await running.sql.query(`NOTIFY "a/b", 'with a slash'`);
    await shows(page, '#journal', 'with a slash');
    await page.fill('#channel', 'Other');
    await page.click('#connect input[type=submit]');
    await shows(page, '#status', 'Connected to Other');
    await running.sql.query(`NOTIFY "Other", 'of another'; NOTIFY "a/b", 'of nobody'; NOTIFY "Other", 'at last'`);
    await shows(page, '#journal', 'at last');
    expect(await page.textContent('#journal'))
      .to.include('of another')
      .and.not.include('of nobody');
  });

  it('reports that receive is off, and that SQL is never run', async () => {
    await using running = await startGateway(asPostgresql2websocket);
    await using watched = await openPage();
    const { page } = watched;
    await page.goto(`http://127.0.0.1:${running.port}/`);
    await shows(page, '#status', 'Connected');
    expect(await page.textContent('#receive'))
      .to.include('receive is off')
      .and.include('never runs SQL');
    expect(await page.isDisabled('#message')).to.equal(true);
    expect(await barriersOf(page)).to.deep.equal([]);
    expect(await isTooWide(page)).to.equal(false);
  });

  it('sends the typed message, and shows the answer', async () => {
    const receive = async (_client: unknown, channel: string, message: string) => `${channel} says ${message} too`;
    await using running = await startGateway(asPostgresql2websocket, '', { receiver: { receive } });
    await using watched = await openPage();
    const { page } = watched;
    await page.goto(`http://127.0.0.1:${running.port}/`);
    await shows(page, '#status', 'Connected');
    await page.fill('#message', 'hello');
    await page.click('#send input[type=submit]');
    await shows(page, '#journal', 'postgresql2websocket says hello too');
    expect(await page.inputValue('#message')).to.equal('');
    expect(await barriersOf(page)).to.deep.equal([]);
    await running.gateway.stop();
    await shows(page, '#status', 'closed (1001');
    expect(await page.isDisabled('#message')).to.equal(true);
  });
});
