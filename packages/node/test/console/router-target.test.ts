import { freePort, sharedBrowser, startProcess, type TestDatabase, waitFor } from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { createRouter } from '@pgwamp/router';
import { expect } from 'chai';
import { program } from '../support/command.ts';
import { container, node } from '../support/configurations.ts';
import { reads, subscribed } from '../support/console-page.ts';
import { type RunningNode, startNode } from '../support/running-node.ts';

/** A router that belongs to no node, as a Crossbar.io is. */
async function openRouter(port = 0) {
  const allow = { call: true, register: true, publish: true, subscribe: true };
  const roles = [{ name: 'anonymous', permissions: [{ uri: '', match: 'prefix' as const, allow }] }];
  const router = createRouter({ realms: [{ name: 'realm1', roles }] });
  const { url } = await router.listen({ port, path: '/ws' });
  return { url, [Symbol.asyncDispose]: () => router.close() };
}

/** A node without a router, and its admin endpoint. */
async function startContainer(
  database: TestDatabase,
  transport: object,
  page?: object,
): Promise<RunningNode & { readonly admin: string }> {
  const port = await freePort();
  const admin = { endpoint: { type: 'tcp', port }, ...(page && { console: page }) };
  const running = await startNode(node([container('pgwamp.Publisher', database, transport)], { admin }));
  return Object.assign(running, { admin: `http://127.0.0.1:${port}` });
}

describe('Console: router', () => {
  it('is that of a component if the node has none, and the page shows its loss', async () => {
    await using database = await createSetUpDatabase();
    const port = await freePort();
    await using router = await openRouter(port);
    const options = { topics: ['com.example.*'], writes: true };
    await using running = await startContainer(database, { type: 'websocket', url: router.url }, options);
    await running.ready();
    await using browser = await sharedBrowser();
    const page = await browser.page();
    await page.goto(`${running.admin}/console/#events`);
    await subscribed(page);
    await using sql = await database.connect();
    await sql.query(`SELECT crossbar.publish('com.example.topic', '["from outside"]')`);
    await page.getByTestId('event').filter({ hasText: 'from outside' }).locator('summary').click();
    await page.goto(`${running.admin}/console/#sessions`);
    await reads(page, 'sessions', 'this page');
    await router[Symbol.asyncDispose]();
    await reads(page, 'notice', `The router at ${router.url} cannot be reached: connect ECONNREFUSED`);
    await page.goto(`${running.admin}/console/#procedures`);
    await reads(page, 'procedures-problem', 'There is no connection to the router.');
    await using again = await openRouter(port);
    expect(again.url).to.equal(router.url);
    await page.getByTestId('state').filter({ hasText: 'Router connected' }).waitFor();
  });

  it('is reported as missing in every view that needs it, with the realms of the node', async () => {
    await using database = await createSetUpDatabase();
    await using router = await openRouter();
    const transport = { type: 'websocket', url: router.url };
    await using running = await startContainer(database, transport, { realm: 'realm2', topics: ['com.example.*'] });
    await running.ready();
    await using browser = await sharedBrowser();
    const page = await browser.page();
    for (const view of ['events', 'procedures', 'sessions']) {
      await page.goto(`${running.admin}/console/#${view}`);
      await reads(page, 'notice', 'No router is known for realm realm2');
      await reads(page, 'notice', 'set "realm" in controller.admin.console. The realms of this node are realm1.');
    }
    await reads(page, 'sessions-problem', 'The sessions are not known');
    await page.goto(`${running.admin}/console/#node`);
    await reads(page, 'component', 'Publisher');
  });

  it('is found by pgwamp console through the admin endpoint of a node without a router', async () => {
    await using database = await createSetUpDatabase();
    await using router = await openRouter();
    await using running = await startContainer(database, { type: 'websocket', url: router.url });
    await running.ready();
    const args = ['console', running.admin, '--port', '0', '--topic', 'com.example.*'];
    await using command = await startProcess(program, { args });
    const [, url = ''] = await waitFor(() => /Open (\S+)\./.exec(command.output), {
      what: 'the command to tell where its page is',
      deadline: 30_000,
    });
    await using browser = await sharedBrowser();
    const page = await browser.page();
    await page.goto(`${url}#events`);
    await subscribed(page);
    for (const [view, place] of [
      ['subscriptions', 'subscriptions'],
      ['delivery', 'parked'],
    ]) {
      await page.goto(`${url}#${view}`);
      await reads(page, place ?? '', 'This console knows no database.');
    }
  });
});
