import { once } from 'node:events';
import { barriersOf, isTooWide, withDeadline } from '@pgwamp/harness';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { WebSocket } from 'ws';
import { openConsole, reads, show } from '../support/console-page.ts';

/** A client that has joined realm1 of a router. */
interface Client extends AsyncDisposable {
  readonly session: number;
  readonly socket: WebSocket;
  /** Asks for something, and resolves with the answer. */
  request(...message: readonly unknown[]): Promise<readonly unknown[]>;
}

async function join(url: string): Promise<Client> {
  const socket = new WebSocket(url, ['wamp.2.json'], { perMessageDeflate: false });
  await withDeadline(once(socket, 'open'), 10_000, 'the WebSocket to open');
  const request = async (...message: readonly unknown[]) => {
    socket.send(JSON.stringify(message));
    const [data] = await withDeadline(once(socket, 'message'), 10_000, `the answer to ${message[0]}`);
    return JSON.parse(String(data));
  };
  const [, session] = await request(1, 'realm1', { roles: { publisher: {}, subscriber: {}, callee: {} } });
  return {
    session,
    socket,
    request,
    async [Symbol.asyncDispose]() {
      const isClosed = socket.readyState === WebSocket.CLOSED || once(socket, 'close');
      socket.terminate();
      await isClosed;
    },
  };
}

const topic = 'com.example.stalled';

const rowOf = (page: Page, session: number) =>
  page
    .getByTestId('sessions')
    .locator('tbody tr')
    .filter({ hasText: String(session) });

describe('Console: Sessions view', () => {
  it('shows identity, subscriptions, registrations and waiting bytes of each session', async () => {
    await using place = await openConsole();
    const { node, page, problems } = place;
    const url = await node.node.url('router-1');
    await using callee = await join(url);
    await callee.request(64, 1, {}, 'com.example.procedure');
    await using stalled = await join(url);
    await stalled.request(32, 1, {}, topic);
    await show(page, node, 'sessions');
    const row = page.getByTestId('sessions').locator('tbody tr');
    const ofCallee = row.filter({ hasText: String(callee.session) });
    await ofCallee.locator('[data-title="Registrations"] summary').click();
    expect(await ofCallee.locator('[data-title="Registrations"]').textContent()).to.include('com.example.procedure');
    expect(await ofCallee.locator('[data-title="Subscriptions"]').textContent()).to.equal('0');
    expect(await ofCallee.locator('[data-title="Role"]').textContent()).to.equal('anonymous');
    expect(await ofCallee.locator('[data-title="Transport"]').textContent()).to.match(/^websocket .*127\.0\.0\.1/);
    await row.filter({ hasText: 'this page' }).waitFor();
    stalled.socket.pause();
    await using publisher = await join(url);
    const waiting = row.first().locator('[data-title="Waiting"]');
    // Bytes that the operating system has taken do not wait in the router.
    for (let request = 1; request <= 40; request += 1) {
      await publisher.request(16, request, { acknowledge: true }, topic, ['x'.repeat(2 ** 20)]);
    }
    await waiting.filter({ hasText: / MB$/ }).waitFor();
    expect(await row.first().textContent()).to.include(String(stalled.session));
    expect(await barriersOf(page)).to.deep.equal([]);
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await isTooWide(page)).to.equal(false);
    expect(problems).to.deep.equal([]);
  });

  it('filters the sessions by the typed text', async () => {
    await using place = await openConsole();
    const { node, page } = place;
    await using client = await join(await node.node.url('router-1'));
    await show(page, node, 'sessions');
    await page.getByTestId('session-search').fill(String(client.session));
    await page.locator('#sessions-count', { hasText: /^1$/ }).waitFor();
    await page.getByTestId('session-search').fill('nobody at all');
    await reads(page, 'sessions', 'No session has “nobody at all” in its number, identity, role or address.');
  });

  it('closes a session after a confirmation, which is logged with the user', async () => {
    await using place = await openConsole({ writes: true });
    const { node, page } = place;
    await using client = await join(await node.node.url('router-1'));
    await show(page, node, 'sessions');
    const row = rowOf(page, client.session);
    await row.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(client.socket.readyState).to.equal(WebSocket.OPEN);
    const goodbye = once(client.socket, 'message');
    await row.getByRole('button', { name: 'Close' }).click();
    await page.locator('#question-yes').click();
    const [data] = await withDeadline(goodbye, 10_000, 'GOODBYE');
    expect(JSON.parse(String(data))).to.deep.equal([6, { message: 'closed by an operator' }, 'wamp.close.killed']);
    await row.waitFor({ state: 'detached' });
    const { operator, session, worker } = await node.node.process.waitFor({
      msg: 'console: sessions/close by local',
    });
    expect({ operator, session, worker }).to.deep.equal({
      operator: 'local',
      session: client.session,
      worker: 'router-1',
    });
  });

  it('reports that a session has already ended', async () => {
    await using place = await openConsole({ writes: true });
    const { node, page } = place;
    const client = await join(await node.node.url('router-1'));
    await show(page, node, 'sessions');
    const row = rowOf(page, client.session);
    await row.getByRole('button', { name: 'Close' }).click();
    await client[Symbol.asyncDispose]();
    await page.locator('#question-yes').click();
    await page.getByRole('alert').filter({ hasText: 'the session no longer exists' }).waitFor();
    await row.waitFor({ state: 'detached' });
    await node.node.process.waitFor({ msg: 'console: sessions/close by local, but it no longer existed' });
  });

  it('closes no session if the console is read-only', async () => {
    await using place = await openConsole();
    const { node, page } = place;
    await using client = await join(await node.node.url('router-1'));
    await show(page, node, 'sessions');
    await reads(page, 'sessions', String(client.session));
    expect(await page.getByRole('button', { name: 'Close' }).count()).to.equal(0);
    const row = { worker: 'router-1', session: client.session };
    const request = { method: 'POST', body: JSON.stringify({ action: 'sessions/close', row }) };
    expect((await node.ask('api/action', request)).status).to.equal(403);
    const elsewhere = { ...request, headers: { origin: 'https://example.com' } };
    expect((await node.ask('api/action', elsewhere)).status).to.equal(403);
    expect(client.socket.readyState).to.equal(WebSocket.OPEN);
  });
});
