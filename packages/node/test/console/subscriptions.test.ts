import { barriersOf, isTooWide } from '@pgwamp/harness';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { expect } from 'chai';
import { openConsole, reads, show } from '../support/console-page.ts';

describe('Console: Subscriptions view', () => {
  it('explains how to begin, and shows waiting and failed events of each handler, with the error', async () => {
    await using place = await openConsole({ writes: true });
    const { node, page, problems, sql } = place;
    await show(page, node, 'subscriptions');
    await reads(page, 'subscriptions', 'No function handles events.');
    await reads(page, 'failed', 'No event has failed.');
    await using roles = await createRoles(sql, 1);
    const [shop] = roles.names;
    await sql.query(`GRANT ${shop} TO crossbar;
      CREATE FUNCTION refuse(event jsonb) RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE 'the shop is closed'; END $$;
      SELECT crossbar.subscribe('com.example.patient', 'refuse(jsonb)', '{"run_as": "${shop}", "retries": 100}');
      SELECT crossbar.subscribe('com.example.brief', 'refuse(jsonb)', '{"run_as": "${shop}"}')`);
    const row = (topic: string) => page.getByTestId('subscriptions').locator('tbody tr').filter({ hasText: topic });
    for (const topic of ['com.example.patient', 'com.example.brief']) {
      await row(topic).filter({ hasText: 'subscribed' }).waitFor();
    }
    await sql.query(`SELECT crossbar.publish('com.example.patient', '["first"]');
      SELECT crossbar.publish('com.example.patient', '["second"]'); SELECT crossbar.publish('com.example.brief', '["third"]')`);
    await row('com.example.patient').filter({ hasText: '1, and 1 before them is tried again' }).waitFor();
    const ofBrief = row('com.example.brief');
    await ofBrief.locator('[data-title="Failed"]').filter({ hasText: '1' }).waitFor();
    await ofBrief.filter({ hasText: 'the shop is closed' }).waitFor();
    await ofBrief.locator('[data-title="Waiting"]').filter({ hasText: /^0$/ }).waitFor();
    await reads(page, 'failed', 'the shop is closed');
    expect(await barriersOf(page)).to.deep.equal([]);
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await isTooWide(page)).to.equal(false);
    // The event is handled once more, fails once more, and is kept once more.
    await page.getByRole('button', { name: 'Publish again' }).click();
    await page.locator('#question-yes').click();
    await ofBrief.locator('[data-title="Failed"]').filter({ hasText: '2' }).waitFor();
    await node.node.process.waitFor({ msg: 'console: failed/publish by local' });
    expect(problems).to.deep.equal([]);
  });

  it('reports that a row no longer exists, and shows the remaining ones', async () => {
    await using place = await openConsole({ writes: true });
    const { node, page, sql } = place;
    await sql.query(`INSERT INTO crossbar.failed_event (subscription, topic, publication, error) VALUES
      (1, 'com.example.a', 5, 'com.example.error.bad'), (1, 'com.example.b', 6, 'com.example.error.worse')`);
    await show(page, node, 'subscriptions');
    const row = page.getByTestId('failed').locator('tbody tr').filter({ hasText: 'com.example.a' });
    await row.getByRole('button', { name: 'Discard' }).click();
    await sql.query(`DELETE FROM crossbar.failed_event WHERE publication = 5`);
    await page.locator('#question-yes').click();
    await page.getByRole('alert').filter({ hasText: 'the row no longer exists' }).waitFor();
    await row.waitFor({ state: 'detached' });
    await reads(page, 'failed', 'com.example.error.worse');
    // The keyboard stays where it was.
    expect(await page.evaluate('document.activeElement.id')).to.equal('failed');
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.locator('#question-yes').click();
    await reads(page, 'failed', 'No event has failed.');
    expect(await page.getByRole('alert').filter({ hasText: 'any more' }).count()).to.equal(0);
  });
});
