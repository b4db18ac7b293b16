import { barriersOf, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { openConsole, reads, show, subscribed } from '../support/console-page.ts';

const views = ['node', 'events', 'procedures', 'subscriptions', 'sessions', 'delivery'];

/** The focused element: its name, and whether its focus is visible. */
interface Focused {
  readonly name: string;
  /** Whether it is where the walk has begun. */
  readonly isFirst: boolean;
  readonly isVisible: boolean;
}

/** Runs in the page: a name that stays, also when the latency of an event is told. */
const nameOf = `(element) => element.id || element.getAttribute('data-view') || (element.matches('summary') ? 'summary' : element.textContent.slice(0, 40))`;

/** Runs in the page. */
const focused = `((nameOf) => {
  const element = document.activeElement;
  if (element === document.body) return undefined;
  const { width, height, right, left, bottom, top } = element.getBoundingClientRect();
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const isInside = right > 0 && left < innerWidth && bottom > 0 && top < innerHeight;
  const hasOutline = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  const name = nameOf(element);
  const isFirst = element === window.walkedFirst;
  window.walkedFirst ??= element;
  return { name, isFirst, isVisible: width > 0 && height > 0 && isInside && hasOutline };
})(${nameOf})`;

/** Runs in the page: everything that somebody with a mouse can use. */
const usable = `[...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
  .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled)
  .map(${nameOf})`;

/** Goes once around the page by Tab. */
async function walk(page: Page): Promise<Focused[]> {
  const way: Focused[] = [];
  await page.evaluate('window.walkedFirst = undefined');
  for (let steps = 0; steps < 200; steps += 1) {
    await page.keyboard.press('Tab');
    const found = (await page.evaluate(focused)) as Focused | undefined;
    if (found?.isFirst) return way;
    if (found) way.push(found);
  }
  throw new Error(`Tab does not come around: ${way.map(({ name }) => name).join(', ')}`);
}

/** Presses Tab until an element has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let steps = 0; steps < 200; steps += 1) {
    const found = (await page.evaluate(focused)) as Focused | undefined;
    if (found?.name === name) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${name}`);
}

describe('Console: keyboard', function () {
  this.timeout(120_000);

  it('reaches every element of every view, with a visible focus and no trap', async () => {
    await using place = await openConsole({ writes: true });
    const { page, node, sql } = place;
    await show(page, node, 'events');
    await subscribed(page);
    await sql.query(`SELECT crossbar.publish('com.example.topic', '["hello"]')`);
    await reads(page, 'event', 'hello');
    for (const view of views) {
      await tabTo(page, view);
      await page.keyboard.press('Enter');
      await page.getByTestId(`view-${view}`).waitFor();
      const way = await walk(page);
      expect(
        way.filter(({ isVisible }) => !isVisible),
        view,
      ).to.deep.equal([]);
      const names = new Set(way.map(({ name }) => name));
      const unreached = ((await page.evaluate(usable)) as string[]).filter((name) => !names.has(name));
      expect(unreached, `${view}: ${[...names].join(', ')}`).to.deep.equal([]);
    }
  });

  it('subscribes, filters, pauses, opens an event, publishes and calls', async () => {
    await using place = await openConsole({ writes: true });
    const { page, node, problems } = place;
    const { keyboard } = page;
    await show(page, node, 'events');
    await subscribed(page);
    await tabTo(page, 'topic-input');
    await keyboard.type('org.example.a');
    await keyboard.press('Enter');
    await page.locator('[data-topic="org.example.a"][data-state="subscribed"]').waitFor();
    await tabTo(page, 'publish-topic');
    await keyboard.type('org.example.a');
    await keyboard.press('Tab');
    await keyboard.type('["by keyboard"]');
    await keyboard.press('Enter');
    await page.locator('#question-yes:focus').waitFor();
    await keyboard.press('Enter');
    await reads(page, 'event', 'by keyboard');
    await tabTo(page, 'filter');
    await keyboard.type('keyboard');
    await keyboard.press('Tab');
    await keyboard.press('Space');
    await reads(page, 'pause', 'Resume');
    await keyboard.press('Space');
    await tabTo(page, 'events-region');
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    await reads(page, 'event', 'Copy as SQL');
    await tabTo(page, 'procedures');
    await keyboard.press('Enter');
    await tabTo(page, 'call-procedure');
    await keyboard.type('wamp.session.count');
    await keyboard.press('Enter');
    await page.locator('#question-yes:focus').waitFor();
    await keyboard.press('Enter');
    await reads(page, 'call-result', 'Answered after');
    expect(await page.evaluate('document.activeElement.id')).to.equal('call-procedure');
    expect(problems).to.deep.equal([]);
  });

  it('keeps the focus when the focused element is rendered again or removed', async () => {
    await using place = await openConsole({ password: 'correct horse' });
    const { page, node, sql } = place;
    await page.goto(`${node.url}#node`);
    await page.getByTestId('secret').waitFor();
    await page.keyboard.type('correct horse');
    await page.keyboard.press('Enter');
    await page.getByTestId('view-node').waitFor();
    expect(await page.evaluate('document.activeElement.id')).to.equal('main');
    await tabTo(page, 'doctor-run');
    await page.keyboard.press('Enter');
    await waitFor(async () => (await page.locator('#doctor-state').textContent())?.includes('checks'), {
      what: 'the checks to end',
    });
    expect(await page.evaluate('document.activeElement.id')).to.equal('doctor-run');
    await show(page, node, 'events');
    await subscribed(page);
    await sql.query(`SELECT crossbar.publish('com.example.topic', '["first"]')`);
    await page.getByTestId('event').filter({ hasText: 'first' }).locator('summary').focus();
    await sql.query(
      `SELECT crossbar.publish('com.example.topic', jsonb_build_array(n)) FROM generate_series(1, 500) AS n`,
    );
    await reads(page, 'event', '500');
    expect(await page.evaluate('document.activeElement.id')).to.equal('events-region');
    await page.locator('[data-testid="topic"] button').focus();
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).to.equal('topic-input');
  });
});

describe('Console: zoom of 200 %', () => {
  it('hides nothing, and needs no horizontal scrolling', async () => {
    await using place = await openConsole({ writes: true });
    const { page, node, sql } = place;
    // 1280 by 800 pixels of the screen, each of the page two by two.
    await page.setViewportSize({ width: 640, height: 400 });
    await show(page, node, 'events');
    await subscribed(page);
    await sql.query(`SELECT crossbar.publish('com.example.topic', jsonb_build_array(repeat('long ', 100)))`);
    await reads(page, 'event', 'long');
    for (const view of views) {
      await show(page, node, view);
      expect(await page.evaluate(outside), view).to.deep.equal([]);
      expect(await barriersOf(page), view).to.deep.equal([]);
    }
  });
});

/** Runs in the page: what one would have to scroll sideways for, or is cut off. */
const outside = `[...document.querySelectorAll('body, a, button, input, select, h1, h2, h3, p, label, th, td')]
  .filter((element) => element.checkVisibility() && !element.matches('.hidden, .skip'))
  .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 || (element.matches('a, button, h1, h2, body') && element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0))
  .map((element) => element.id || element.textContent.trim().slice(0, 40))`;
