import { barriersOf, isTooWide, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { openPage, startGateway } from '../support/browser-gateway.ts';
import { keptLog } from '../support/kept-log.ts';
import { secret, token } from '../support/secured-gateway.ts';

const jwt = { type: 'jwt', secret } as const;

const pages = [
  { name: 'viewer', extra: { auth: jwt }, status: '#status_people', shown: '#content_people', connect: 'button' },
  {
    name: 'console',
    extra: { auth: jwt, page: 'console', path: '/{channel}' },
    status: '#status',
    shown: '#journal',
    connect: 'submit',
  },
] as const;

for (const { name, extra, status, shown, connect } of pages) {
  describe(`Gateway: token field of the ${name}`, function () {
    this.timeout(60_000);

    it('sends the token as a subprotocol, so that it appears in no address and no log', async () => {
      const { lines, log } = keptLog();
      await using running = await startGateway(extra, '', { log });
      await using watched = await openPage();
      const { page } = watched;
      const addresses: string[] = [];
      page.on('websocket', (socket) => addresses.push(socket.url()));
      const shows = async (selector: string, text: string) => {
        const isShown = async () => ((await page.textContent(selector)) ?? '').includes(text);
        await waitFor(isShown, { what: `${selector} to show ${text}` });
      };
      const open = async (bearer: string) => {
        await page.fill('#channel', 'people');
        await page.fill('#token', bearer);
        await page.click(`#connect input[type=${connect}]`);
      };
      await page.goto(`http://127.0.0.1:${running.port}/`);
      await open('');
      await shows(status, 'Connection to people closed (1006');
      const bearer = await token({ sub: 'ada' });
      await open(` ${bearer}\t`);
      await shows(status, 'Connected to people');
      await running.sql.query(`NOTIFY people, '{"name":"Ada"}'`);
      await shows(shown, 'Ada');
      expect(await page.textContent(shown)).to.not.include('"type"');
      expect(await page.getAttribute('#token', 'type')).to.equal('password');
      expect(await barriersOf(page)).to.deep.equal([]);
      expect(await isTooWide(page)).to.equal(false);
      const signature = bearer.split('.')[2];
      expect(addresses).to.not.be.empty;
      expect([page.url(), ...addresses, ...lines].join('\n')).to.not.include(signature);
    });
  });
}

describe('Gateway: page without tokens', function () {
  this.timeout(60_000);

  it('has no token field', async () => {
    await using running = await startGateway();
    await using watched = await openPage();
    await watched.page.goto(`http://127.0.0.1:${running.port}/`);
    expect(await watched.page.isVisible('#channel')).to.equal(true);
    expect(await watched.page.isVisible('#token')).to.equal(false);
  });
});

describe('Gateway: console with a token', function () {
  this.timeout(60_000);

  it('sends the typed message, and shows the answer or the error', async () => {
    const receive = async (client: { claims: { sub?: unknown } }, channel: string, message: string) => {
      return message === 'nothing' ? undefined : `${client.claims.sub} says ${message} on ${channel}`;
    };
    const extra = { auth: jwt, page: 'console', path: '/{channel}' } as const;
    await using running = await startGateway(extra, '', { receiver: { receive } });
    await using watched = await openPage();
    const { page } = watched;
    await page.goto(`http://127.0.0.1:${running.port}/?channel=people`);
    await page.fill('#token', await token({ sub: 'ada' }));
    await page.click('#connect input[type=submit]');
    const send = async (text: string) => {
      await page.fill('#message', text);
      await page.click('#send input[type=submit]');
    };
    await send('nothing');
    await send('hello');
    const isAnswered = async () => (await page.textContent('#journal'))?.includes('ada says hello on people');
    await waitFor(isAnswered, { what: 'the answer' });
    expect(await page.textContent('#journal')).to.match(/^[^\n]*: ada says hello on people\n$/);
  });
});
