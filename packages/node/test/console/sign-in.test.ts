import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { withDeadline } from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { WebSocket } from 'ws';
import { type Operator, SignIn } from '../../src/console/sign-in.ts';
import { type NodeWithConsole, startWithConsole } from '../support/console.ts';
import { openConsole, reads, subscribed } from '../support/console-page.ts';
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
  const [tail, session] = [await open('api/tail'), await open('api/ws')];
  const states = await ask('api/state', { headers: { cookie } });
  const closed = [tail, session].map(async (socket) => (await once(socket, 'close'))[0]);
  return { ended: withDeadline(Promise.all([...closed, states.text()]), 10_000, 'everything to end') };
}

const statusOf = async ({ ask }: NodeWithConsole, cookie: string) =>
  (await ask('api/history', { headers: { cookie } })).status;

/** A request from a page with this cookie. */
const requestWith = (cookie = '') =>
  ({ headers: { cookie }, socket: { localPort: 9100, remoteAddress: '127.0.0.1' } }) as IncomingMessage;

const withPassword = { realm: 'realm1', topics: [], writes: false, password: 'correct horse' };

describe('Console: sign-in', () => {
  it('ends after 12 hours, also if the machine has slept meanwhile', async () => {
    let now = 1_000_000;
    using signIns = new SignIn(withPassword, { now: () => now });
    const [cookie] = ((await signIns.accept('correct horse', requestWith())) ?? '').split(';');
    const request = requestWith(cookie);
    now += 12 * 60 * 60 * 1000 - 1;
    const operator = signIns.operatorOf(request);
    expect(operator?.ended.aborted).to.equal(false);
    // The timer has not fired, as after a sleep.
    now += 1;
    expect(signIns.operatorOf(request)).to.equal(undefined);
    expect(operator?.ended.aborted).to.equal(true);
  });

  it('ends by itself, without a further request', async () => {
    using signIns = new SignIn(withPassword, { lifetime: 100 });
    const [cookie] = ((await signIns.accept('correct horse', requestWith())) ?? '').split(';');
    const { ended } = signIns.operatorOf(requestWith(cookie)) as Operator;
    // The timer of a sign-in does not keep the process alive.
    await withDeadline(once(ended, 'abort'), 10_000, 'the sign-in to end');
    expect(signIns.operatorOf(requestWith(cookie))).to.equal(undefined);
  });

  it('is refused to an address with too many wrong passwords, and the page says when to try again', async () => {
    await using place = await openConsole({ password: 'correct horse' });
    const { node, page } = place;
    await page.goto(node.url);
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await node.ask('api/session', { method: 'POST', body: JSON.stringify({ secret: `wrong ${attempt}` }) });
    }
    await page.getByTestId('secret').fill('correct horse');
    await page.keyboard.press('Enter');
    await reads(page, 'sign-in-error', /too many wrong passwords from this address: try again in \d+ s/);
  });

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
      /^pgwamp_console_\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Max-Age=43200$/,
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
  const [cookie] = await page.context().cookies(new URL('api/session', page.url()).href);
  return `${cookie?.name}=${cookie?.value}`;
}
