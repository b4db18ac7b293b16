import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { barriersOf, isTooWide, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { program } from '../support/command.ts';
import { openConsole, reads, show, subscribed } from '../support/console-page.ts';

/** A console that shows the events of `com.example.*`. */
async function openEvents() {
  await using stack = new AsyncDisposableStack();
  const place = stack.use(await openConsole());
  await show(place.page, place.node, 'events');
  await subscribed(place.page);
  const kept = stack.move();
  return { ...place, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Runs a line as a shell does, in which `pgwamp` is ours. */
async function runInShell(line: string): Promise<string> {
  const script = `pgwamp() { "$NODE" "$PROGRAM" "$@"; }\n${line}`;
  const env = { ...process.env, NODE: process.execPath, PROGRAM: program };
  const shell = spawn('sh', ['-c', script], { env, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
  const [[code], output, errors] = await Promise.all([once(shell, 'close'), text(shell.stdout), text(shell.stderr)]);
  expect(code, `${line}\n${errors}`).to.equal(0);
  return output;
}

const total = async (page: Page) => Number(await page.getByTestId('total').getAttribute('data-value'));

/** Payloads that break what quotes badly, as JSON: args and kwargs. */
const odd = [
  ['["it\'s", "a \\"quote\\"", "back\\\\slash", "\\\\u0041"]', '{}'],
  ['[null, true, -5, 9007199254740993, 1.10, 1e400]', '{"k\'ey": {"a\\"b": [null, {"c": "\\\\"}]}, "-x": "--help"}'],
  ['["Größe 🎉", "\\u202eabc", "line\\nbreak\\ttab", "$HOME `id` $(id) !! % ; & | > <", "", " "]', '{"": null}'],
  ['[]', '{}'],
  ['["--", "-1", {"a": {"b": {"c": []}}}]', '{"published_at": null}'],
] as const;

describe('Console: events', function () {
  this.timeout(120_000);

  it('can be copied as SQL, as a command and as JSON that publish the same event', async () => {
    await using place = await openEvents();
    const { page, sql } = place;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    // A fresh session, with nothing but the settings of the server.
    await using fresh = await place.database.connect();
    for (const [index, [args, kwargs]] of odd.entries()) {
      const topic = `com.example.odd_${index}.it's`;
      await sql.query('SELECT crossbar.publish($1, $2, $3)', [topic, args, kwargs]);
      const row = page.getByTestId('event').filter({ hasText: topic }).first();
      await row.locator('summary').click();
      await row.locator('.event-whole').waitFor();
      const payloads = await row.locator('.payload').allTextContents();
      const copy = async (name: string) => {
        await row.getByRole('button', { name: `Copy as ${name}` }).click();
        return (await page.evaluate('navigator.clipboard.readText()')) as string;
      };
      const [statement, command, json] = [await copy('SQL'), await copy('command'), await copy('JSON')];
      for (const copied of [statement, command, json]) expect(copied).not.to.match(/\u202e/);
      const { rows } = await fresh.query(
        'SELECT $1::jsonb AS copied, jsonb_build_object($$topic$$, $2::text, $$args$$, $3::jsonb, $$kwargs$$, $4::jsonb) AS wanted',
        [json, topic, args, kwargs],
      );
      expect(rows[0]?.copied).to.deep.equal(rows[0]?.wanted);
      await page.locator('#clear').click();
      await fresh.query(statement);
      expect(await runInShell(command)).to.include(`published to ${topic}`);
      const again = page.getByTestId('event').filter({ hasText: topic });
      await waitFor(async () => (await again.count()) === 2, { what: `both copies of ${args}` });
      for (const copy of await again.all()) {
        await copy.locator('summary').click();
        await copy.locator('.event-whole').waitFor();
        expect(await copy.locator('.payload').allTextContents()).to.deep.equal(payloads);
      }
      await page.locator('#clear').click();
    }
  });

  it('do not block clicks while thousands arrive, and at most 200 rows are kept', async () => {
    await using place = await openEvents();
    const { page, sql, problems } = place;
    const box = await page.locator('#pause').boundingBox();
    if (!box) throw new Error('the page has no button Pause');
    let published = 0;
    let isClicked = false;
    const click = async () => {
      await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
      isClicked = true;
    };
    let clicked: Promise<void> | undefined;
    // Until the click is answered: it is not the end of the burst that lets it through.
    for (; published < 20_000 || !isClicked; published += 5000) {
      expect(published, 'events before a click was answered').to.be.below(200_000);
      await sql.query(`SELECT crossbar.publish('com.example.burst', jsonb_build_array(n), '{"customer": "Ada"}')
        FROM generate_series(1, 5000) AS n`);
      await waitFor(async () => (await total(page)) > published, { what: 'events to arrive' });
      clicked ??= click();
    }
    await clicked;
    await reads(page, 'pause', 'Resume');
    await waitFor(async () => (await total(page)) === published, {
      what: 'all events to be counted',
      deadline: 60_000,
    });
    const rows = await page.getByTestId('event').count();
    expect(rows).to.be.within(1, 200);
    await page.locator('#pause').click();
    await page.getByTestId('event').filter({ hasText: '5000 customer="Ada"' }).waitFor();
    expect(await page.getByTestId('event').count()).to.equal(200);
    expect(problems).to.deep.equal([]);
  });

  it('of 3 MB are folded, and can be opened and copied', async () => {
    await using place = await openEvents();
    const { page, sql } = place;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await sql.query(`SELECT crossbar.publish('com.example.large', jsonb_build_array(repeat('0123456789', 300000)))`);
    const row = page.getByTestId('event').filter({ hasText: 'com.example.large' });
    await row.locator('summary').press('Enter');
    expect((await row.textContent())?.length).to.be.below(6000);
    const unfold = page.getByTestId('unfold').filter({ hasText: '2,996,008 more characters' });
    await unfold.focus();
    await page.keyboard.press('Enter');
    expect(await page.getByTestId('whole').evaluate((element) => element.textContent?.length)).to.equal(3_000_008);
    expect(await page.evaluate('document.activeElement.dataset.testid')).to.equal('whole');
    await row.getByRole('button', { name: 'Copy as JSON' }).click();
    await row.getByRole('button', { name: 'Copied' }).waitFor();
    const copied = (await page.evaluate('navigator.clipboard.readText()')) as string;
    expect(JSON.parse(copied).args[0]).to.have.length(3_000_000);
    expect(await barriersOf(page)).to.deep.equal([]);
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await isTooWide(page)).to.equal(false);
    // The page goes on.
    await sql.query(`SELECT crossbar.publish('com.example.small', '["after"]')`);
    await reads(page, 'event', 'after');
  });
});
