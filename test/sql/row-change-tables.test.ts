import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { openStage } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';

const topic = 'com.example.change';
const execute = (argument = '') => `EXECUTE FUNCTION crossbar.publish_row_change('${topic}'${argument})`;
const trigger = (table: string, argument?: string) =>
  `CREATE TRIGGER t AFTER INSERT OR UPDATE OR DELETE ON ${table} FOR EACH ROW ${execute(argument)}`;

describe('Table whose changes are published', () => {
  it('may be filled by COPY', async () => {
    await using stage = await openStage([topic]);
    await stage.sql.query('CREATE TABLE target (id integer)');
    await stage.sql.query(trigger('target'));
    await stage.sql.query(`COPY target FROM PROGRAM 'seq 1 300'`);
    const events = await stage.client.payloads(300);
    const ids = events.map((event) => /"new": \{"id": (\d+)\}/.exec(event)?.[1]);
    expect(ids).to.deep.equal(Array.from({ length: 300 }, (_, index) => String(index + 1)));
  });

  it('may be partitioned: each event names the partition, also when a row is moved', async () => {
    await using stage = await openStage([topic]);
    await stage.sql.query(`
      CREATE TABLE parted (id integer) PARTITION BY RANGE (id);
      CREATE TABLE low PARTITION OF parted FOR VALUES FROM (0) TO (100);
      ${trigger('parted', `, '{"include": ["id"]}'`)};
      CREATE TABLE high PARTITION OF parted FOR VALUES FROM (100) TO (200)`);
    await stage.sql.query(`INSERT INTO parted VALUES (1); UPDATE parted SET id = 101; DELETE FROM parted`);
    const events = (await stage.client.payloads(4)).map((event) =>
      /"table": "(\w+)".*"operation": "(\w+)"/.exec(event)?.slice(1),
    );
    expect(events).to.deep.equal([
      ['low', 'INSERT'],
      ['low', 'DELETE'],
      ['high', 'INSERT'],
      ['high', 'DELETE'],
    ]);
  });

  it('may have any name, and columns with any names', async () => {
    await using stage = await openStage([topic]);
    await stage.sql.query(`CREATE SCHEMA "o'brien"; CREATE TABLE "o'brien"."Ta""ble" ("co'l" integer, "É" text)`);
    await stage.sql.query(trigger(`"o'brien"."Ta""ble"`, `, '{"exclude": ["É"]}'`));
    await stage.sql.query(`INSERT INTO "o'brien"."Ta""ble" VALUES (1, 'x')`);
    const { payload } = await stage.client.next();
    expect(payload).to.contain(`"new": {"co'l": 1}, "table": "Ta\\"ble", "schema": "o'brien"`);
  });

  it('may be changed by a role with no other privilege', async () => {
    await using stage = await openStage([topic]);
    await using roles = await createRoles(stage.sql, 1);
    await stage.sql.query(
      `CREATE TABLE open_to_insert (id integer); GRANT INSERT ON open_to_insert TO ${roles.names[0]}`,
    );
    await stage.sql.query(trigger('open_to_insert', `, '{"include": ["id"]}'`));
    await stage.sql.query(`SET ROLE ${roles.names[0]}; INSERT INTO open_to_insert VALUES (7); RESET ROLE`);
    expect((await stage.client.next()).payload).to.contain('"new": {"id": 7}');
  });

  it('may have generated columns, which are included if their value is computed', async () => {
    await using stage = await openStage([topic]);
    const { rows } = await stage.sql.query(
      `SELECT current_setting('server_version_num')::integer >= 180000 AS virtual`,
    );
    const virtual = rows[0].virtual ? ', v integer GENERATED ALWAYS AS (id + 1)' : '';
    await stage.sql.query(`CREATE TABLE made (id integer, s integer GENERATED ALWAYS AS (id * 2) STORED${virtual});
      CREATE TRIGGER before BEFORE UPDATE ON made FOR EACH ROW ${execute()}; ${trigger('made')}`);
    await stage.sql.query('INSERT INTO made VALUES (1); UPDATE made SET id = 2');
    const events = (await stage.client.payloads(3)).map((event) => /"(?:new|old)": .*\}(?=, "table")/.exec(event)?.[0]);
    expect(events).to.deep.equal([
      '"new": {"s": 2, "id": 1}',
      '"new": {"id": 2}, "old": {"s": 2, "id": 1}',
      '"new": {"s": 4, "id": 2}, "old": {"s": 2, "id": 1}',
    ]);
  });

  it('may be a view with an INSTEAD OF trigger', async () => {
    await using stage = await openStage([topic]);
    await stage.sql.query(`CREATE VIEW shown AS SELECT 1 AS id;
      CREATE TRIGGER t INSTEAD OF UPDATE ON shown FOR EACH ROW ${execute()}`);
    expect((await stage.sql.query('UPDATE shown SET id = 2')).rowCount).to.equal(1);
    expect((await stage.client.next()).payload).to.contain('"new": {"id": 2}, "old": {"id": 1}');
  });
});

describe('Arguments of crossbar.publish_row_change', () => {
  const wrong: readonly [argument: string, code: string, message: RegExp, hint?: RegExp][] = [
    [`, '{"include": ["nmae"]}'`, '42703', /^table public\.t has no column 'nmae'$/, /columns of its table/],
    [`, '{"exclude": [5]}'`, '42703', /^table public\.t has no column '5'$/, /columns of its table/],
    [`, '{"exclude": "id"}'`, '22023', /second argument of crossbar\.publish_row_change/, /"include": \[columns\]/],
    [`, '{"include": [], "exclude": []}'`, '22023', /second argument/, /"exclude": \[columns\]/],
    [`, '{"exclude": [], "also": 1}'`, '22023', /second argument/, /"exclude": \[columns\]/],
    [`, '{}'`, '22023', /second argument/, /"exclude": \[columns\]/],
    [`, '[]'`, '22023', /second argument/, /"exclude": \[columns\]/],
    [`, 'null'`, '22023', /second argument/, /"exclude": \[columns\]/],
    [`, 'no json'`, '22P02', /invalid input syntax for type json/],
  ];

  for (const [argument, code, message, hint] of wrong) {
    it(`cannot be '${topic}'${argument}`, async () => {
      await using stage = await openStage();
      await stage.sql.query(`CREATE TABLE t (id integer); ${trigger('t', argument)}`);
      const error = await errorOf(stage.sql.query('INSERT INTO t VALUES (1)'));
      expect(error.code).to.equal(code);
      expect(error.message).to.match(message);
      if (hint) expect(error.hint).to.match(hint);
      expect((await stage.sql.query('SELECT FROM t')).rowCount).to.equal(0);
    });
  }

  it('cannot be missing, or start with an invalid topic', async () => {
    await using stage = await openStage();
    for (const [argument, found] of [
      ['', 'NULL'],
      [`'no topic'`, `'no topic'`],
    ]) {
      await stage.sql.query(`CREATE TABLE t (id integer);
        CREATE TRIGGER t AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION crossbar.publish_row_change(${argument})`);
      const error = await errorOf(stage.sql.query('INSERT INTO t VALUES (1)'));
      expect(error).to.include({ code: '22023', message: `topic is not a WAMP URI: ${found}` });
      await stage.sql.query('DROP TABLE t');
    }
  });
});
