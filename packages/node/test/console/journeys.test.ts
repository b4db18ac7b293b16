import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { startProcess, startTcpProxy, waitFor } from '@pgwamp/harness';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { program } from '../support/command.ts';
import { openConsole, reads, show, subscribed } from '../support/console-page.ts';

const views = ['node', 'events', 'procedures', 'subscriptions', 'sessions', 'delivery'];

/** A reverse proxy that serves everything of an origin below a path. */
async function openProxy(target: string, prefix: string) {
  const { port } = new URL(target);
  const pathOf = ({ url = '' }: IncomingMessage) => (url.startsWith(prefix) ? url.slice(prefix.length) : '/outside');
  const server = createServer((incoming, outgoing) => {
    const { method, headers } = incoming;
    const asked = request({ port, host: '127.0.0.1', path: pathOf(incoming), method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    asked.on('error', () => outgoing.destroy());
    outgoing.on('close', () => asked.destroy());
    incoming.pipe(asked);
  });
  server.on('upgrade', (incoming: IncomingMessage, socket, head) => {
    const other = connect(Number(port), '127.0.0.1');
    const lines = Object.entries(incoming.headers).map(([name, value]) => `${name}: ${value}`);
    other.write(`GET ${pathOf(incoming)} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    other.write(head);
    other.pipe(socket).pipe(other);
    for (const one of [socket, other]) one.on('error', () => undefined);
    socket.on('close', () => other.destroy());
    other.on('close', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Enters the password. */
async function enter(page: Page): Promise<void> {
  await page.getByTestId('secret').fill('correct horse');
  await page.keyboard.press('Enter');
}

describe('Console: journeys', () => {
  it('works below any path of a reverse proxy: sign-in, events, channels, procedures', async () => {
    await using place = await openConsole({ password: 'correct horse', writes: true });
    const { node, page, sql } = place;
    await using proxy = await openProxy(node.url, '/tools/pgwamp');
    // Without the slash, as people type it.
    await page.goto(`${proxy.url}/console`);
    expect(new URL(page.url()).pathname).to.equal('/tools/pgwamp/console/');
    await enter(page);
    await reads(page, 'component', 'Publisher');
    await page.getByRole('link', { name: 'Events' }).click();
    await subscribed(page);
    await page.getByTestId('topic-input').fill('channel:orders');
    await page.keyboard.press('Enter');
    await page.locator('[data-topic="channel:orders"][data-state="subscribed"]').waitFor();
    await sql.query(`SELECT crossbar.publish('com.example.topic', '["through a proxy"]')`);
    await reads(page, 'event', 'through a proxy');
    await page.reload();
    await page.locator('[data-topic="channel:orders"][data-state="subscribed"]').waitFor();
    await page.getByRole('link', { name: 'Procedures' }).click();
    await reads(page, 'procedures', 'No procedure is registered.');
    await page.locator('#sign-out').click();
    await page.getByTestId('secret').waitFor();
  });

  it('keeps each view at a reload, and returns to it by back and forward', async () => {
    await using place = await openConsole();
    const { node, page, problems } = place;
    await show(page, node, 'node');
    for (const view of views.slice(1)) {
      await page.locator(`.views [data-view="${view}"]`).click();
      await page.getByTestId(`view-${view}`).waitFor();
      await page.reload();
      await page.getByTestId(`view-${view}`).waitFor();
      expect(await page.locator('.views [aria-current="page"]').getAttribute('data-view')).to.equal(view);
    }
    for (const view of views.slice(0, -1).toReversed()) {
      await page.goBack();
      await page.getByTestId(`view-${view}`).waitFor();
    }
    for (const view of views.slice(1)) {
      await page.goForward();
      await page.getByTestId(`view-${view}`).waitFor();
    }
    expect(problems).to.deep.equal([]);
  });

  it('shows the same events in two tabs, each with its own topics and pause', async () => {
    await using place = await openConsole();
    const { node, page, sql } = place;
    await page.goto(node.url);
    const [other] = await Promise.all([page.waitForEvent('popup'), page.evaluate('void open(location.href)')]);
    for (const tab of [page, other]) {
      await show(tab, node, 'events');
      await subscribed(tab);
    }
    await page.locator('#pause').click();
    await other.getByTestId('topic-input').fill('org.example.a');
    await other.keyboard.press('Enter');
    await other.locator('[data-topic="org.example.a"][data-state="subscribed"]').waitFor();
    await sql.query(
      `SELECT crossbar.publish('com.example.topic', '["both"]'); SELECT crossbar.publish('org.example.a', '["one"]')`,
    );
    await reads(other, 'event', 'both');
    await reads(other, 'event', 'one');
    await reads(page, 'pause', 'Resume (1 new)');
    expect(await page.getByTestId('topic').count()).to.equal(1);
  });

  it('goes on after a restart of the node, and asks for the password again', async () => {
    await using place = await openConsole({ password: 'correct horse' });
    const { node, page, sql } = place;
    await page.goto(`${node.url}#events`);
    await enter(page);
    await subscribed(page);
    await page.getByTestId('topic-input').fill('org.example.a');
    await page.keyboard.press('Enter');
    await page.locator('[data-topic="org.example.a"][data-state="subscribed"]').waitFor();
    node.node.process.kill('SIGKILL');
    await node.node.exit();
    await reads(page, 'state', 'Router not connected');
    // A view that is drawn without the node says so.
    await page.locator('.views [data-view="node"]').click();
    await page
      .locator('#node-about', { hasText: 'The node does not answer. Below is the last known state.' })
      .waitFor();
    for (const [view, element] of [
      ['subscriptions', 'failed'],
      ['delivery', 'parked'],
      ['procedures', 'procedures-problem'],
      ['sessions', 'sessions-problem'],
    ] as const) {
      await page.locator(`.views [data-view="${view}"]`).click();
      await reads(page, element, 'The node does not answer.');
    }
    await page.locator('.views [data-view="events"]').click();
    await using again = await startProcess(program, { args: ['start'], cwd: node.node.folder.path });
    await again.waitFor({ msg: 'node is ready' });
    await page.getByTestId('sign-in-again').waitFor();
    await enter(page);
    await page.locator('[data-topic="org.example.a"][data-state="subscribed"]').waitFor();
    await sql.query(`SELECT crossbar.publish('org.example.a', '["after the restart"]')`);
    await reads(page, 'event', 'after the restart');
  });

  it('goes on by itself after a restart of the node without a password', async () => {
    await using place = await openConsole();
    const { node, page, sql } = place;
    await show(page, node, 'events');
    await subscribed(page);
    await sql.query(`SELECT crossbar.publish('com.example.topic', '["before"]')`);
    await reads(page, 'event', 'before');
    node.node.process.kill('SIGKILL');
    await node.node.exit();
    await reads(page, 'state', 'Router not connected');
    await using again = await startProcess(program, { args: ['start'], cwd: node.node.folder.path });
    await again.waitFor({ msg: 'node is ready' });
    await subscribed(page);
    await sql.query(`SELECT crossbar.publish('com.example.topic', '["after"]')`);
    await reads(page, 'event', 'after');
    await reads(page, 'event', 'before');
    await page.locator('.views [data-view="node"]').click();
    await page.locator('#node-about', { hasText: 'started' }).waitFor();
  });

  it('says that the node does not answer if its connection dies without a notice, as after a sleep, and goes on', async () => {
    await using place = await openConsole();
    const { node, page } = place;
    const { port } = new URL(node.url);
    await using proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(port) });
    await page.goto(`http://127.0.0.1:${proxy.port}/console/`);
    await reads(page, 'component', 'Publisher');
    const about = page.locator('#node-about');
    await about.filter({ hasText: 'started' }).waitFor();
    proxy.swallow();
    await about.filter({ hasText: 'The node does not answer. Below is the last known state.' }).waitFor();
    // What is sent on a dead connection is answered by a reset, once the network is back.
    proxy.cut();
    await proxy.resume();
    await about.filter({ hasText: 'started' }).waitFor();
  });
});

describe('Console: many rows', () => {
  it('shows the procedures and handlers with problems first, and says that there are more', async () => {
    await using place = await openConsole({}, ['Publisher']);
    const { node, page, sql } = place;
    await using roles = await createRoles(sql, 1);
    const [role = ''] = roles.names;
    await sql.query(`GRANT ${role} TO crossbar;
      CREATE FUNCTION f(event jsonb) RETURNS jsonb LANGUAGE sql AS 'SELECT event';
      SELECT crossbar.register('com.example.p' || n, 'f(jsonb)', '{"run_as": "${role}"}') FROM generate_series(1, 3000) AS n;
      SELECT crossbar.subscribe('com.example.t' || n, 'f(jsonb)', '{"run_as": "${role}"}') FROM generate_series(1, 3000) AS n`);
    for (const [view, text] of [
      ['procedures', 'com.example.p'],
      ['subscriptions', 'com.example.t'],
    ] as const) {
      await show(page, node, view);
      await reads(page, view, text);
      expect(await page.getByTestId(view).locator('tbody tr').count(), view).to.be.within(100, 500);
      await reads(page, view, 'At most');
    }
    const began = performance.now();
    await page.getByRole('link', { name: 'Overview' }).click();
    await waitFor(async () => (await page.getByTestId('view-node').isVisible()) && true, { what: 'the Overview' });
    expect(performance.now() - began).to.be.below(5000);
  });
});
