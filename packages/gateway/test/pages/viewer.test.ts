import { barriersOf, isTooWide, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { openPage, startGateway } from '../support/browser-gateway.ts';
import { startTlsProxy } from '../support/tls-proxy.ts';

async function connect(page: Page, channel: string): Promise<void> {
  await page.fill('#channel', channel);
  await page.click('input[type=button]');
}

/** Waits until an element with an id of pg_eventserv's viewer shows a text. */
async function shows(page: Page, id: string, text: string): Promise<void> {
  const content = `document.getElementById(${JSON.stringify(id)})?.textContent`;
  const isShown = async () => String(await page.evaluate(content)).includes(text);
  await waitFor(isShown, { what: `#${id} to show ${text}` });
}

describe('Gateway: viewer', function () {
  this.timeout(60_000);

  it('has the elements of the viewer of pg_eventserv, and shows messages', async () => {
    await using running = await startGateway();
    await using watched = await openPage();
    const { page } = watched;
    for (const path of ['', 'index.html']) {
      await page.goto(`http://127.0.0.1:${running.port}/${path}`);
      await connect(page, 'people');
      await shows(page, 'status_people', 'Connected to people');
      expect(await page.innerHTML('#status_people')).to.equal('Connected to <b>people</b>');
      await running.sql.query(`SELECT pg_notify('people', '{"name":"Ada","id":12345678901234567890}')`);
      await running.sql.query(`NOTIFY people, 'no JSON'`);
      await shows(page, 'content_people', 'no JSON');
      const expected = '{\n  "name": "Ada",\n  "id": 12345678901234567890\n}\nno JSON\n';
      expect(await page.inputValue('#content_people')).to.equal(expected);
    }
    expect(watched.complaints).to.deep.equal([]);
  });

  it('lists the configured channels, and reports that another one is closed', async () => {
    await using running = await startGateway({ channels: ['people', 'order*'] });
    await using watched = await openPage();
    const { page } = watched;
    await page.goto(`http://127.0.0.1:${running.port}/`);
    expect(await page.textContent('#available')).to.equal('people, order*');
    await connect(page, 'other');
    await shows(page, 'status_other', 'Connection to other closed');
  });

  for (const channel of ['People', 'Öl & Gas', 'a b', '100%', 'what?', 'c#', `it's "quoted"`, '<b>']) {
    it(`opens a channel with any name: ${channel}`, async () => {
      await using running = await startGateway();
      await using watched = await openPage();
      await watched.page.goto(`http://127.0.0.1:${running.port}/`);
      await connect(watched.page, channel);
      await shows(watched.page, `status_${channel}`, `Connected to ${channel}`);
      await running.sql.query('SELECT pg_notify($1, $2)', [channel, 'hello']);
      await shows(watched.page, `content_${channel}`, 'hello');
    });
  }

  it('opens several channels, and reopens a closed one', async () => {
    await using running = await startGateway();
    await using watched = await openPage();
    const { page } = watched;
    await page.goto(`http://127.0.0.1:${running.port}/`);
    for (const channel of ['a', 'b', 'a']) await connect(page, channel);
    for (const channel of ['a', 'b']) await shows(page, `status_${channel}`, 'Connected');
    await running.sql.query(`NOTIFY b, 'to b'; NOTIFY a, 'to a'`);
    await shows(page, 'content_a', 'to a');
    await shows(page, 'content_b', 'to b');
    expect(await page.inputValue('#content_a')).to.equal('to a\n');
    await running.gateway.stop();
    await shows(page, 'status_a', 'Connection to a closed (1001');
    expect(await page.locator('#channels section').count()).to.equal(2);
  });

  it('works under the base path', async () => {
    await using running = await startGateway({ base_path: '/events' });
    await using watched = await openPage();
    await watched.page.goto(`http://127.0.0.1:${running.port}/events`);
    await connect(watched.page, 'people');
    await shows(watched.page, 'status_people', 'Connected to people');
    expect(watched.complaints).to.deep.equal([]);
  });

  for (const says of [true, false]) {
    it(`opens wss behind a proxy with https that ${says ? 'sends' : 'does not send'} forwarded headers`, async () => {
      await using running = await startGateway();
      await using proxy = await startTlsProxy(running.port, says);
      await using watched = await openPage({ ignoreHTTPSErrors: true });
      await watched.page.goto(`https://localhost:${proxy.port}/`);
      await connect(watched.page, 'people');
      await shows(watched.page, 'status_people', 'Connected to people');
      expect(watched.complaints).to.deep.equal([]);
    });
  }

  it('is accessible, in both color schemes and on a small screen', async () => {
    await using running = await startGateway({
      channels: ['people', 'a-channel-with-a-name-that-is-as-long-as-names-may-be-in-postgres'],
    });
    await using watched = await openPage();
    await watched.page.goto(`http://127.0.0.1:${running.port}/`);
    expect(await barriersOf(watched.page)).to.deep.equal([]);
    await connect(watched.page, 'people');
    await shows(watched.page, 'status_people', 'Connected');
    expect(await barriersOf(watched.page)).to.deep.equal([]);
    expect(await isTooWide(watched.page)).to.equal(false);
  });
});

describe('Gateway: files of the pages', () => {
  it('have a Content-Security-Policy, and an ETag of their content', async () => {
    await using running = await startGateway({ url_base: 'https://events.example.com' });
    const base = `http://127.0.0.1:${running.port}`;
    const page = await fetch(base);
    expect(page.headers.get('content-security-policy')).to.include(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ws://events.example.com wss://events.example.com;",
    );
    expect(page.headers.get('x-content-type-options')).to.equal('nosniff');
    expect(page.headers.get('cache-control')).to.equal('no-store');
    const html = await page.text();
    expect(html).to.include('data-base-url="wss://events.example.com"');
    expect(html).to.not.match(/<script(?![^>]*src=)|<style|style=|\son\w+=/);
    const file = await fetch(`${base}/pages/client.js`);
    expect(file.headers.get('content-type')).to.equal('text/javascript; charset=utf-8');
    const etag = file.headers.get('etag') ?? '';
    await file.arrayBuffer();
    const again = await fetch(`${base}/pages/client.js`, { headers: { 'if-none-match': `W/${etag}` } });
    expect([again.status, await again.text()]).to.deep.equal([304, '']);
    const head = await fetch(base, { method: 'HEAD' });
    expect([head.status, await head.text()]).to.deep.equal([200, '']);
  });

  for (const path of ['/pages/', '/pages/../package.json', '/pages/%2e%2e/package.json', '/pages/nothing.js']) {
    it(`do not include ${path}`, async () => {
      await using running = await startGateway();
      expect((await fetch(`http://127.0.0.1:${running.port}${path}`)).status).to.equal(404);
    });
  }

  it('are not served if no page is configured', async () => {
    await using running = await startGateway({ page: 'none' });
    expect((await fetch(`http://127.0.0.1:${running.port}/`)).status).to.equal(404);
  });
});
