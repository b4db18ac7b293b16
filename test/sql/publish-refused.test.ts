import { waitFor } from '@pgwamp/harness';
import { rows } from '@pgwamp/harness/fixtures/sql-database';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { deliveries, openStage, type SqlStage } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';

type Row = Record<string, unknown>;

function refusals({ sql }: SqlStage, count: number): Promise<Row[]> {
  const statement = 'SELECT * FROM crossbar.refused_publication ORDER BY id';
  return waitFor(
    async () => {
      const found = await rows<Row>(sql, statement);
      return found.length === count && found;
    },
    { what: `${count} refused publications` },
  );
}

/** The messages that another role may write into the path of publications. */
const forgeries = {
  wal: [
    'nothing of the kind',
    '',
    'com.example.forged\n{broken\n\n',
    'com.example forged\n\n["\\u0000"]\n',
    'wamp.forged\n\n\n',
  ],
  notify: [
    'nothing of the kind',
    '',
    '1001\ncom.example.forged\n{broken\n\n',
    '999999999999999999999\ncom.example.forged\n\n\n',
    '9223372036854775807\ncom.example.forged\n{"acknowledge": true}\n\n',
    '1002\ncom.example forged\n\n["\\u0000"]\n',
    '1003\nwamp.forged\n\n\n',
  ],
};

/** Payloads that would make the router end the session. */
const deadlyForgeries = [
  'com.example.forged\n\n[1\n',
  'com.example.forged\n\n[1]],["injected"\n',
  'com.example.forged\n5\n"args"\n"kwargs"',
];

describe('Publication that the router refuses', () => {
  for (const delivery of deliveries) {
    it(`is stored with the error and its content, and others are delivered, with delivery ${delivery}`, async () => {
      await using stage = await openStage(['com.example.good'], { delivery, uris: 'strict' });
      await stage.sql.query(`BEGIN;
        SELECT crossbar.publish('com.example.good', '[1]');
        SELECT crossbar.publish('com.example.Bad', '[12345678901234567890]', '{"a": 1.50}', '{"exclude": [5]}');
        SELECT crossbar.publish('com.example.good', '[2]');
        COMMIT`);
      expect(await stage.client.payloads(2)).to.deep.equal([',[1]', ',[2]']);
      const [refused] = await refusals(stage, 1);
      expect(refused).to.include({ realm: 'realm1', topic: 'com.example.Bad', error: 'wamp.error.invalid_uri' });
      expect(refused).to.deep.include({ options: { exclude: [5] }, content: null });
      const exact = 'SELECT args::text, kwargs::text FROM crossbar.refused_publication';
      expect(await rows(stage.sql, exact)).to.deep.equal([{ args: '[12345678901234567890]', kwargs: '{"a": 1.50}' }]);
      expect(stage.publisher.status()).to.include({ published: 2, refused: 1 });
    });
  }

  for (const delivery of ['wal', 'notify'] as const) {
    it(`may be forged by any role, without effect on others, with delivery ${delivery}`, async () => {
      await using stage = await openStage(['com.example.good'], { delivery });
      await using roles = await createRoles(stage.sql, 1);
      await stage.sql.query(`SET ROLE ${roles.names[0]}`);
      const emit = delivery === 'wal' ? `pg_logical_emit_message(true, 'crossbar', $1)` : `pg_notify('crossbar', $1)`;
      for (const forgery of forgeries[delivery]) await stage.sql.query(`SELECT ${emit}`, [forgery]);
      await stage.sql.query(`SELECT crossbar.publish('com.example.good', '["passes"]')`);
      await stage.sql.query('RESET ROLE');
      expect(await stage.client.payloads(1)).to.deep.equal([',["passes"]']);
      await refusals(stage, forgeries[delivery].length);
    });
  }

  it('is not sent if it would end the session, and later ones are delivered', async () => {
    await using stage = await openStage(['com.example.good'], { delivery: 'wal' });
    await stage.sql.query('BEGIN');
    for (const forgery of deadlyForgeries) {
      await stage.sql.query(`SELECT pg_logical_emit_message(true, 'crossbar', $1)`, [forgery]);
      await stage.sql.query(`SELECT crossbar.publish('com.example.good', '["passes"]')`);
    }
    await stage.sql.query(`COMMIT; SELECT crossbar.publish('com.example.good', '["last"]')`);
    const arrived = new Set<string>();
    while (!arrived.has(',["last"]')) arrived.add((await stage.client.next()).payload);
    expect([...arrived]).to.deep.equal([',["passes"]', ',["last"]']);
    const kept = await refusals(stage, deadlyForgeries.length);
    for (const { error } of kept) expect(error).to.equal('wamp.error.invalid_argument');
    expect(stage.publisher.status().reconnects).to.equal(0);
  });

  it('may be bytes that are not text', async () => {
    await using stage = await openStage(['com.example.good'], { delivery: 'wal' });
    await stage.sql.query(`SELECT pg_logical_emit_message(true, 'crossbar', '\\x00ff0a00c3'::bytea)`);
    await stage.sql.query(`SELECT crossbar.publish('com.example.good', '["passes"]')`);
    expect(await stage.client.payloads(1)).to.deep.equal([',["passes"]']);
    const [refused] = await refusals(stage, 1);
    expect(refused).to.include({ topic: null, content: '??\n??', error: 'wamp.error.invalid_argument' });
  });
});
