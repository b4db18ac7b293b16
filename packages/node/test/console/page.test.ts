import { barriersOf, isTooWide, waitFor } from '@pgwamp/harness';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { expect } from 'chai';
import { agree, openConsole, reads, refuseConnections, show, subscribed } from '../support/console-page.ts';

const views = ['node', 'events', 'procedures', 'subscriptions', 'sessions', 'delivery'];

describe('Console: page', () => {
  it('shows the components, those with problems first', async () => {
    await using place = await openConsole();
    const { database, node, page } = place;
    await show(page, node, 'node');
    await reads(page, 'component', 'Publisher');
    await refuseConnections(database, place.sql);
    await reads(page, 'component', 'too many connections for database');
    const first = await page.getByTestId('component').first().textContent();
    expect(first)
      .to.include('reconnecting')
      .and.to.match(/since \d\d:\d\d:\d\d/);
    // Not "or longer": the console has seen it happen.
    expect(first).not.to.include('or longer');
    expect(await page.locator('#node-badge').textContent()).to.match(/^[1-3]$/);
    // The doctor says by itself what is wrong.
    await reads(page, 'doctor', 'too many connections for database');
    await reads(page, 'doctor', 'What to do');
    await reads(page, 'advice', 'To do: check host, port, database, user and password');
    const wide = `[...document.querySelectorAll('.part')].filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth).length`;
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate(wide), `cards at ${width} px whose text sticks out`).to.equal(0);
    }
    expect(await page.getByTestId('state').textContent()).to.include('Router connected');
  });

  it('keeps the card of a component while the figures of others change', async () => {
    await using place = await openConsole();
    const { node, page, sql } = place;
    await show(page, node, 'node');
    await reads(page, 'component', 'Callee');
    await page.evaluate(
      `[...document.querySelectorAll('.part')].find((card) => card.textContent.includes('Callee')).isFirst = true`,
    );
    await sql.query(`SELECT crossbar.publish('com.example.topic', '["one"]')`);
    await reads(page, 'component', /1 published.* · last work (now|\d+ seconds? ago)/);
    expect(
      await page.evaluate(
        `[...document.querySelectorAll('.part')].find((card) => card.textContent.includes('Callee')).isFirst`,
      ),
    ).to.equal(true);
  });

  it('shows events of a pattern in one line each, with the changes of a row', async () => {
    await using place = await openConsole();
    const { node, page, problems, sql } = place;
    await show(page, node, 'events');
    await subscribed(page);
    await sql.query(`CREATE TABLE parcel (id int PRIMARY KEY, state text);
      CREATE TRIGGER parcel_changed AFTER INSERT OR UPDATE ON parcel FOR EACH ROW
        EXECUTE FUNCTION crossbar.publish_row_change('com.example.parcel')`);
    await sql.query(`INSERT INTO parcel VALUES (1, 'new')`);
    await sql.query(`UPDATE parcel SET state = 'sent'`);
    await reads(page, 'event', 'id=1 state: "new" → "sent"');
    await page.getByTestId('event').first().locator('summary').click();
    await reads(page, 'event', 'Copy as SQL');
    await sql.query(`SELECT crossbar.publish('com.example.text', jsonb_build_array(E'a\\u202Eb', 9007199254740993))`);
    await reads(page, 'event', '\\u202eb');
    await reads(page, 'event', '9007199254740993');
    expect(problems).to.deep.equal([]);
  });

  it('shows procedures and sessions as soon as the router is connected', async () => {
    await using place = await openConsole();
    const { node, page } = place;
    for (const view of ['procedures', 'sessions']) {
      await page.goto('about:blank');
      await show(page, node, view);
      await page.getByTestId('state').filter({ hasText: 'Router connected' }).waitFor();
      // Well before the view is drawn again by itself.
      await page.getByTestId(`${view}-problem`).waitFor({ state: 'hidden', timeout: 3000 });
    }
  });

  it('traces a message by a click on its event, and by its number', async () => {
    await using place = await openConsole();
    const { node, page, problems, sql } = place;
    await show(page, node, 'events');
    await subscribed(page);
    const { rows } = await sql.query(`SELECT crossbar.publish('com.example.topic', '["traced"]')::text AS id`);
    await page.getByTestId('event').filter({ hasText: 'traced' }).locator('summary').click();
    await page.getByRole('link', { name: 'Trace' }).click();
    await reads(page, 'trace', 'The router acknowledged it as publication');
    await reads(page, 'trace', 'written');
    const byEvent = await page.getByTestId('trace').locator('p').textContent();
    await page.locator('#trace-message').fill(rows[0]?.id);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/*trace=${rows[0]?.id}`);
    await reads(page, 'trace', 'The router acknowledged it as publication');
    expect(await page.getByTestId('trace').locator('p').textContent()).to.equal(byEvent);
    expect(await barriersOf(page)).to.deep.equal([]);
    await page.locator('#trace-message').fill('orders');
    await page.keyboard.press('Enter');
    await reads(page, 'trace-error', '"orders" is not a message');
    // The browser itself tells of the answer 400.
    expect(problems.filter((problem) => !problem.includes('400'))).to.deep.equal([]);
  });

  it('keeps topics and filter after a reload', async () => {
    await using place = await openConsole();
    const { node, page } = place;
    await show(page, node, 'events');
    await page.getByTestId('topic-input').fill('org.example.orders');
    await page.keyboard.press('Enter');
    await page.getByTestId('filter').fill('ada');
    await page.reload();
    await reads(page, 'topic', 'org.example.orders');
    expect(await page.getByTestId('filter').inputValue()).to.equal('ada');
  });

  it('publishes after a confirmation, and remembers the publication', async () => {
    await using place = await openConsole({ writes: true });
    const { node, page } = place;
    await show(page, node, 'events');
    await subscribed(page);
    await page.locator('#publish-topic').fill('com.example.greeting');
    await page.locator('#publish-args').fill('["hello", 23');
    await page.keyboard.press('Enter');
    await reads(page, 'publish-error', 'The positional arguments are not JSON');
    await page.locator('#publish-args').fill('["hello", 23]');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.locator('#publish-args').press('Enter');
    await agree(page);
    await reads(page, 'publish-done', 'Published to com.example.greeting');
    await reads(page, 'event', '"hello" 23');
    await reads(page, 'topic', /1 event(?!s)/);
    expect(await page.getByTestId('event').count()).to.equal(1);
    expect(await page.locator('#publish-history option').allTextContents()).to.include(
      'com.example.greeting ["hello", 23] ',
    );
  });

  it('calls a function with a field for each parameter, and shows its result', async () => {
    await using place = await openConsole({ writes: true });
    const { node, page, sql } = place;
    await using roles = await createRoles(sql, 1);
    const [shop] = roles.names;
    await sql.query(`GRANT ${shop} TO crossbar;
      CREATE FUNCTION total(prices numeric[], vat numeric DEFAULT 0.19) RETURNS numeric LANGUAGE sql
        AS 'SELECT round(sum(price) * (1 + vat), 2) FROM unnest(prices) AS price';
      COMMENT ON FUNCTION total IS 'The sum of prices, with VAT.';
      SELECT crossbar.register('com.example.total', 'total(numeric[], numeric)', '{"run_as": "${shop}"}')`);
    await show(page, node, 'procedures');
    await reads(page, 'procedures', 'registered');
    await page.getByRole('button', { name: 'com.example.total' }).click();
    await page.locator('[name="prices"]').fill('[10, 20.5]');
    await page.locator('#call-button').click();
    await agree(page);
    await reads(page, 'call-result', '36.30');
    expect(await page.locator('#call-signature').textContent()).to.include('The sum of prices, with VAT.');
    // The time that it has taken is in the list.
    await page.reload();
    await page.locator('#procedures td[data-title="p99"]', { hasText: /^[\d.,]+ m?s$/ }).waitFor();
    await page.locator('#procedures td[data-title="p50"]', { hasText: /^[\d.,]+ m?s$/ }).waitFor();
    await page.locator('#procedures td[data-title="Calls/s"]', { hasText: /^0\.\d$/ }).waitFor();
  });

  it('disables publishing and calling if it is read-only, and tells how to enable them', async () => {
    await using place = await openConsole();
    const { node, page } = place;
    for (const [view, form, field] of [
      ['events', 'publish', 'publish-topic'],
      ['procedures', 'call', 'call-procedure'],
    ] as const) {
      await show(page, node, view);
      await reads(page, `${form}-locked`, '"writes": true in controller.admin.console');
      expect(await page.locator(`#${field}`).isDisabled()).to.equal(true);
      expect(await barriersOf(page)).to.deep.equal([]);
    }
  });

  it('asks before it discards a failed event', async () => {
    await using place = await openConsole({ writes: true });
    const { node, page, sql } = place;
    await sql.query(`INSERT INTO crossbar.failed_event (subscription, topic, publication, error)
      VALUES (1, 'com.example.a', 5, 'com.example.error.bad')`);
    await show(page, node, 'subscriptions');
    await reads(page, 'failed', 'com.example.error.bad');
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect((await sql.query('SELECT FROM crossbar.failed_event')).rowCount).to.equal(1);
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.locator('#question-yes').click();
    await reads(page, 'failed', 'No event has failed.');
    expect((await sql.query('SELECT FROM crossbar.failed_event')).rowCount).to.equal(0);
  });

  it('keeps unchanged tables with what is unfolded in them while ages grow, and shows that there are more rows', async () => {
    await using place = await openConsole();
    const { node, page, sql } = place;
    const insert = (from: number, to: number) =>
      sql.query(`INSERT INTO crossbar.failed_event (subscription, topic, publication, args, error)
        SELECT 1, 'com.example.a', id, jsonb_build_array(repeat('x', 1000)), 'com.example.error.' || id FROM generate_series(${from}, ${to}) AS id`);
    await insert(1, 3);
    await show(page, node, 'subscriptions');
    await reads(page, 'failed', 'com.example.error.3');
    expect(await page.getByTestId('failed').textContent()).to.not.include('At most');
    const redraw = async () => {
      const answered = page.waitForResponse((response) => response.url().endsWith('section=failed'));
      await page.evaluate(`dispatchEvent(new Event('hashchange'))`);
      await answered;
    };
    await page.evaluate(`document.querySelector('#failed table').isFirst = true`);
    const table = page.getByTestId('failed');
    await table.getByTestId('unfold').first().click();
    // The focused text would stop the refresh.
    await page.locator('#view-subscriptions h2').first().click();
    const ageOf = () => table.locator('time').first().textContent();
    const age = await ageOf();
    await redraw();
    await waitFor(async () => (await ageOf()) !== age, { what: 'the age to grow' });
    await redraw();
    expect(await page.evaluate(`document.querySelector('#failed table').isFirst`)).to.equal(true);
    expect(await table.getByTestId('whole').count()).to.equal(1);
    await insert(4, 500);
    await redraw();
    await reads(page, 'failed', 'At most 200 rows of each database are shown, the newest first.');
    expect(await page.getByTestId('failed').locator('tbody tr').count()).to.equal(200);
  });

  it('asks for the password before it shows anything', async () => {
    await using place = await openConsole({ password: 'correct horse' });
    const { node, page } = place;
    await page.goto(node.url);
    await page.getByTestId('secret').fill('wrong');
    await page.keyboard.press('Enter');
    await reads(page, 'sign-in-error', 'the password is wrong');
    expect(await page.getByTestId('component').count()).to.equal(0);
    await page.getByTestId('secret').fill('correct horse');
    await page.keyboard.press('Enter');
    await reads(page, 'component', 'Publisher');
    await page.reload();
    await reads(page, 'component', 'Publisher');
  });

  it('is accessible in every view, in both color schemes, and fits a small screen', async () => {
    await using place = await openConsole({ writes: true });
    const { node, page } = place;
    const found: string[] = [];
    for (const view of views) {
      await page.setViewportSize({ width: 1280, height: 800 });
      await show(page, node, view);
      found.push(...(await barriersOf(page)).map((barrier) => `${view}: ${barrier}`));
      await page.setViewportSize({ width: 360, height: 740 });
      if (await isTooWide(page)) found.push(`${view}: too wide`);
    }
    expect(found).to.deep.equal([]);
  });

  it('needs few bytes', async () => {
    await using place = await openConsole();
    const { node, page } = place;
    const sizes: Promise<number>[] = [];
    page.on('requestfinished', (request) => {
      if (!request.url().includes('/api/'))
        sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
    });
    const charts = page.waitForEvent('requestfinished', (request) => request.url().endsWith('/uPlot.esm.js'));
    await show(page, node, 'node');
    await charts;
    await page.waitForLoadState('load');
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(bytes).to.be.within(50_000, 150_000);
  });
});
