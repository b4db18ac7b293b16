import { value } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { deliveries, openStage } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';

/** Topics that somebody could mistake for something else on the way. */
const topics = [
  `com.example.o'brien";DROP`,
  `com.example.';DELETE/**/FROM/**/crossbar.outbox;--`,
  'com.example.%s%I%L$1$$',
  'com.example.back\\slash\\n',
  'com.example.ünï-cödé.日本語',
  'com.example.🐘→🌍',
  "com.example.E'\\047",
  'a',
];

/** Arguments and keywords as jsonb has them, which is how they must arrive. */
const payloads: readonly [args: string | null, kwargs: string | null, arrives: string][] = [
  [null, null, ''],
  ['[]', null, ',[]'],
  ['[]', '{}', ',[],{}'],
  [null, '{}', ',[],{}'],
  [null, '{"a": 1}', ',[],{"a": 1}'],
  ['[[1, 2]]', null, ',[[1, 2]]'],
  ['[null]', null, ',[null]'],
  ['[[], {}, [[]], [null]]', null, ',[[], {}, [[]], [null]]'],
  [
    '[9007199254740993, -9223372036854775808, 9223372036854775807]',
    null,
    ',[9007199254740993, -9223372036854775808, 9223372036854775807]',
  ],
  [
    '[123456789012345678901234567890.123456789012345678901234567890]',
    null,
    ',[123456789012345678901234567890.123456789012345678901234567890]',
  ],
  ['[1.0, 1.50, 0.00000000000000000001, -0.0]', null, ',[1.0, 1.50, 0.00000000000000000001, 0.0]'],
  [
    '["quote \\" backslash \\\\ slash / tab \\t line \\n \\r \\b \\f \\u0001 \\u001f"]',
    null,
    ',["quote \\" backslash \\\\ slash / tab \\t line \\n \\r \\b \\f \\u0001 \\u001f"]',
  ],
  ['["ünï 日本語 🐘 \\u2028 \\u00e4"]', null, ',["ünï 日本語 🐘 \u2028 ä"]'],
  [
    null,
    '{"big": 9007199254740993, "o\'brien\\"": {"deep": [{"er": [1, [2, [3]]]}]}, "": true}',
    ',[],{"": true, "big": 9007199254740993, "o\'brien\\"": {"deep": [{"er": [1, [2, [3]]]}]}}',
  ],
];

describe('Payload of a publication', () => {
  for (const delivery of deliveries) {
    it(`arrives byte for byte as jsonb writes it, with delivery ${delivery}`, async () => {
      await using stage = await openStage(['com.example.payload'], { delivery });
      for (const [args, kwargs] of payloads) {
        await stage.sql.query(`SELECT crossbar.publish('com.example.payload', $1, $2)`, [args, kwargs]);
      }
      expect(await stage.client.payloads(payloads.length)).to.deep.equal(payloads.map(([, , arrives]) => arrives));
    });

    it(`arrives unchanged if it is autonomous, with delivery ${delivery}`, async () => {
      await using stage = await openStage(['com.example.payload'], { delivery });
      for (const [args, kwargs, arrives] of payloads) {
        await stage.sql.query(`SELECT crossbar.publish('com.example.payload', $1, $2, NULL, true)`, [args, kwargs]);
        expect((await stage.client.next()).payload).to.equal(arrives);
      }
    });

    it(`arrives on topics with quotes, Unicode and SQL, with delivery ${delivery}`, async () => {
      await using stage = await openStage(topics, { delivery });
      for (const topic of topics) {
        await stage.sql.query('SELECT crossbar.publish($1, jsonb_build_array($1::text))', [topic]);
        expect(await stage.client.next()).to.deep.equal({ topic, payload: `,[${JSON.stringify(topic)}]` });
        await stage.sql.query('SELECT crossbar.publish($1, autonomous => true)', [topic]);
        expect(await stage.client.next()).to.deep.equal({ topic, payload: '' });
      }
      expect(await value(stage.sql, 'SELECT count(*)::integer FROM crossbar.refused_publication')).to.equal(0);
    });
  }

  for (const delivery of ['wal', 'outbox'] as const) {
    it(`may be longer than a NOTIFY, with delivery ${delivery}`, async () => {
      await using stage = await openStage(['com.example.large'], { delivery });
      await stage.sql.query(`SELECT crossbar.publish('com.example.large', jsonb_build_array(repeat('x', 1000000)))`);
      expect((await stage.client.next()).payload).to.equal(`,["${'x'.repeat(1_000_000)}"]`);
    });
  }

  it('may have 7999 bytes with delivery notify, and is refused with a hint if it is longer', async () => {
    await using stage = await openStage(['com.example.large'], { delivery: 'notify' });
    await stage.sql.query(
      `CREATE OR REPLACE FUNCTION crossbar._new_publication_id() RETURNS bigint LANGUAGE sql AS 'SELECT 1000000::bigint'`,
    );
    const envelope = `1000000\ncom.example.large\n\n[""]\n`.length;
    const publish = `SELECT crossbar.publish('com.example.large', jsonb_build_array(repeat('x', $1)))`;
    await stage.sql.query(publish, [7999 - envelope]);
    expect((await stage.client.next()).payload).to.have.length(7999 - envelope + 5);
    const error = await errorOf(stage.sql.query(publish, [8000 - envelope]));
    expect(error).to.include({ code: '54000', hint: 'Use delivery "wal" or "outbox".' });
    expect(error.message).to.equal('publication of 8000 bytes is too large for delivery "notify", which takes 7999');
  });
});
