import { waitFor } from '@pgwamp/harness';
import { openCalleeStage } from '@pgwamp/harness/fixtures/callee-stage';
import { canary, hostileUris } from '@pgwamp/harness/fixtures/hostile-uris';
import { register } from '@pgwamp/harness/fixtures/register';
import { expect } from 'chai';
import { answerTo } from './support/outcome.ts';

const uri = `${canary}
  CREATE FUNCTION uri() RETURNS text LANGUAGE sql AS $$SELECT current_setting('crossbar.procedure')$$;
  ${register('com.example.', 'uri()', { match: 'prefix' })}`;

describe('SQL that is hidden in the URI of a call', () => {
  it('stays a URI, for a pattern and for a registration of its own', async () => {
    await using stage = await openCalleeStage(uri);
    const { caller, callee, sql } = stage;
    for (const procedure of hostileUris) {
      expect(await answerTo(caller.call(procedure)), procedure).to.deep.equal([procedure]);
    }
    for (const procedure of hostileUris) {
      await sql.query(`SELECT crossbar.register($1, 'uri()', '{"run_as": "crossbar"}')`, [procedure]);
    }
    const all = hostileUris.length + 1;
    await waitFor(() => callee.status().registrations.registered === all, { what: 'all registrations' });
    for (const procedure of hostileUris) {
      expect(await answerTo(caller.call(procedure)), procedure).to.deep.equal([procedure]);
    }
    expect((await sql.query('SELECT FROM canary')).rowCount).to.equal(0);
  });
});
