import { waitFor } from '@pgwamp/harness';
import { createDatabaseEncoded } from '@pgwamp/harness/fixtures/encoded-database';
import { openLink, returns } from '@pgwamp/harness/fixtures/sql-caller';
import { rows } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { deliveries, openStage } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';

describe('Database with another encoding than UTF8', () => {
  for (const delivery of deliveries) {
    it(`publishes umlauts correctly, with delivery ${delivery}`, async () => {
      const database = await createDatabaseEncoded('LATIN1');
      await using stage = await openStage(['com.example.grüße'], { delivery, database });
      for (const autonomous of [false, true]) {
        await stage.sql.query(`SELECT crossbar.publish('com.example.grüße', '["Käse"]', '{"ö": "ÿ"}', NULL, $1)`, [
          autonomous,
        ]);
        expect(await stage.client.next()).to.deep.equal({
          topic: 'com.example.grüße',
          payload: ',["Käse"],{"ö": "ÿ"}',
        });
      }
    });
  }

  it('stores a refused publication whose error contains characters outside of its encoding', async () => {
    await using stage = await openStage(['com.example.good'], {
      delivery: 'wal',
      database: await createDatabaseEncoded('LATIN1'),
    });
    const forged = Buffer.from('com.example.日本\n\n[1\n').toString('hex');
    await stage.sql.query(`SELECT pg_logical_emit_message(true, 'crossbar', '\\x${forged}'::bytea)`);
    await stage.sql.query(`SELECT crossbar.publish('com.example.good')`);
    expect((await stage.client.next()).payload).to.equal('');
    const read = () => rows(stage.sql, 'SELECT DISTINCT topic, content FROM crossbar.refused_publication');
    const kept = await waitFor(async () => (await read()).length > 0 && read(), { what: 'the refusal to be kept' });
    expect(kept).to.deep.equal([{ topic: null, content: 'com.example.??\n\n[1\n' }]);
  });

  it('refuses crossbar.call with the reason, and supports crossbar.call_async', async () => {
    await using stage = await openStage([], { database: await createDatabaseEncoded('LATIN1') });
    await using link = await openLink(stage.database, returns('1'));
    const error = await errorOf(stage.sql.query(`SELECT crossbar.call('com.example.add2')`));
    expect(error).to.include({ code: '0A000', message: 'the link only supports UTF8, not LATIN1' });
    expect(link.requests).to.have.length(0);
    await stage.sql.query(`SELECT crossbar.call_async('com.example.grüße')`);
    expect(await rows(stage.sql, 'SELECT procedure FROM crossbar.calls')).to.deep.equal([
      { procedure: 'com.example.grüße' },
    ]);
  });

  it('raises untranslatable_character for characters outside of its encoding', async () => {
    await using stage = await openStage([], { database: await createDatabaseEncoded('LATIN1') });
    const error = await errorOf(stage.sql.query(`SELECT crossbar.publish('com.example.日本')`));
    expect(error.code).to.equal('22P05');
  });

  for (const delivery of deliveries) {
    it(`refuses invalid UTF-8 in a database with SQL_ASCII, with delivery ${delivery}`, async () => {
      await using stage = await openStage(['com.example.good'], {
        delivery,
        database: await createDatabaseEncoded('SQL_ASCII'),
      });
      const invalid = `convert_from('\\xff', 'SQL_ASCII')`;
      for (const statement of [
        `SELECT crossbar.publish('com.example.good', jsonb_build_array(${invalid}))`,
        `SELECT crossbar.publish('com.example.good', kwargs => jsonb_build_object(${invalid}, 1))`,
        `SELECT crossbar.publish('com.example.' || ${invalid})`,
        `SELECT crossbar.publish('com.example.good', options => jsonb_build_object('eligible_authid', jsonb_build_array(${invalid})))`,
        `SELECT crossbar.publish('com.example.good', jsonb_build_array(${invalid}), autonomous => true)`,
        `SELECT crossbar.call_async('com.example.good', jsonb_build_array(${invalid}))`,
        `SELECT crossbar.call_async('com.example.' || ${invalid})`,
        `SELECT crossbar.register('com.example.' || ${invalid}, 'pg_backend_pid()', '{"run_as": "crossbar"}')`,
        `SELECT crossbar.subscribe('com.example.good', 'pg_backend_pid()', jsonb_build_object('run_as', 'crossbar', 'queue_group', ${invalid}))`,
      ]) {
        const error = await errorOf(stage.sql.query(statement));
        expect(error.code, `${statement}: ${error.message}`).to.equal('22021');
        expect(error.message).to.equal('invalid byte sequence for encoding "UTF8": 0xff');
      }
      await stage.sql.query(`SELECT crossbar.publish('com.example.good', '["Käse"]')`);
      expect((await stage.client.next()).payload).to.equal(',["Käse"]');
    });
  }
});
