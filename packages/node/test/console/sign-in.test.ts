import { once } from 'node:events';
import { withDeadline } from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { WebSocket } from 'ws';
import { type NodeWithConsole, startWithConsole } from '../support/console.ts';
import { openConsole, subscribed } from '../support/console-page.ts';
import { key, signIn, tokenOf } from '../support/console-sign-in.ts';

/** Everything that a page keeps open: the state, the WebSocket of channels and tables, and the WAMP session. */
interface OpenPage {
  /** Resolves when all of it has ended, with the codes of the WebSockets. */
  readonly ended: Promise<readonly unknown[]>;
}

async function openPage({ url, ask }: NodeWithConsole, cookie: string): Promise<OpenPage> {
  const { origin } = new URL(url);
  const open = async (path: string) => {
    const socket = new WebSocket(`${url}${path}`, 'wamp.2.json', { headers: { origin, cookie } });
    await withDeadline(once(socket, 'open'), 10_000, `${path} to be open`);
    return socket;
  };
  const [tail, session] = [await open('tail'), await open('ws')];
  const states = await ask('api/state', { headers: { cookie } });
  const closed = [tail, session].map(async (socket) => (await once(socket, 'close'))[0]);
  return { ended: withDeadline(Promise.all([...closed, states.text()]), 10_000, 'everything to end') };
}

const statusOf = async ({ ask }: NodeWithConsole, cookie: string) =>
  (await ask('api/history', { headers: { cookie } })).status;

describe('Console: sign-in', () => {
  it('closes all connections of its pages after a sign-out', async () => {
    await using database = await createSetUpDatabase();
    await using node = await startWithConsole(database, { password: 'correct horse' });
    const [cookie, other] = [await signIn(node, 'correct horse'), await signIn(node, 'correct horse')];
    const page = await openPage(node, cookie);
    const signedOut = await node.ask('api/session', { method: 'DELETE', headers: { cookie } });
    expect(signedOut.headers.get('set-cookie')).to.match(/=; .*Max-Age=0/);
    expect((await page.ended).slice(0, 2)).to.deep.equal([1008, 1008]);
    // A copy of the cookie is worth nothing now; another sign-in still holds.
    expect(await statusOf(node, cookie)).to.equal(401);
    expect(await statusOf(node, other)).to.equal(200);
  });

  it('closes all connections of its pages when its token expires', async () => {
    await using database = await createSetUpDatabase();
    await using node = await startWithConsole(database, { token: { key, algorithm: 'HS256' } });
    const exp = Math.floor(Date.now() / 1000) + 5;
    const cookie = await signIn(node, tokenOf({ sub: 'ann', exp }));
    const page = await openPage(node, cookie);
    expect((await page.ended).slice(0, 2)).to.deep.equal([1008, 1008]);
    expect(Date.now()).to.be.at.least(exp * 1000);
    expect(await statusOf(node, cookie)).to.equal(401);
  });

  it('is stored in a cookie for one node, without a secret', async () => {
    await using database = await createSetUpDatabase();
    await using one = await startWithConsole(database, { password: 'correct horse' });
    await using two = await startWithConsole(database, { password: 'correct horse' });
    const [first, second] = [await signIn(one, 'correct horse'), await signIn(two, 'correct horse')];
    // A browser sends the cookies of all ports of a machine.
    for (const node of [one, two]) expect(await statusOf(node, `${first}; ${second}`)).to.equal(200);
    expect(await statusOf(one, second)).to.equal(401);
    const secret = { method: 'POST', body: '{"secret": "correct horse"}' };
    const plain = await one.ask('api/session', secret);
    expect(plain.headers.get('set-cookie')).to.match(
      /^pgwamp_console_\d+=[\w-]{43}; Path=\/console; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    );
    // Behind a proxy with TLS.
    const host = new URL(one.url).host;
    const secure = await one.ask('api/session', { ...secret, headers: { origin: `https://${host}` } });
    expect(secure.headers.get('set-cookie')).to.match(/; Secure$/);
  });

  it('is requested again by the page after its end, and returns to the same view', async () => {
    await using place = await openConsole({ password: 'correct horse' });
    const { node, page } = place;
    const enter = async (on: Page) => {
      await on.getByTestId('secret').fill('correct horse');
      await on.keyboard.press('Enter');
    };
    await page.goto(`${node.url}#events`);
    expect(await page.getByTestId('sign-in-again').isVisible()).to.equal(false);
    await enter(page);
    await subscribed(page);
    // As by another tab.
    await node.ask('api/session', { method: 'DELETE', headers: { cookie: await cookieOf(page) } });
    await page.getByTestId('sign-in-again').waitFor();
    expect(await page.getByTestId('topic').count()).to.equal(0);
    expect(page.url()).to.include('#events');
    await enter(page);
    await subscribed(page);
    await page.locator('#sign-out').click();
    await page.getByTestId('secret').waitFor();
    // Nobody has to be told what they did themselves.
    expect(await page.getByTestId('sign-in-again').isVisible()).to.equal(false);
  });
});

async function cookieOf(page: Page): Promise<string> {
  const [cookie] = await page.context().cookies(page.url().replace(/#.*/, ''));
  return `${cookie?.name}=${cookie?.value}`;
}
