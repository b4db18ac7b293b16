import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import type { SqlStage } from '@pgwamp/harness/fixtures/sql-stage';
import { deliveries, openStage } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';

const topic = 'com.example.people';

function createTable(stage: SqlStage, trigger: string, argument = '') {
  return stage.sql.query(`
    CREATE TABLE people (id bigint PRIMARY KEY, name text, balance numeric, password text DEFAULT 's3cret');
    CREATE TRIGGER people_changed ${trigger} EXECUTE FUNCTION crossbar.publish_row_change('${topic}'${argument})`);
}

/** The keywords of the next event as text, without the only one that no test can know. */
async function nextChange({ client }: SqlStage): Promise<string> {
  const { payload } = await client.next();
  const publishedAt = /, "published_at": "(\d{4}-\d\d-\d\dT[\d:.]+[+-][\d:]+)"/;
  const age = Date.now() - Date.parse(publishedAt.exec(payload)?.[1] ?? '');
  expect(age, payload).to.be.within(-1000, 30_000);
  return payload.replace(publishedAt, '').replace(/^,\[\],/, '');
}

const insert = `INSERT INTO people VALUES (9007199254740993, 'Jörg', 12345678901234567890.1234567890)`;
const inserted = `{"id": 9007199254740993, "name": "Jörg", "balance": 12345678901234567890.1234567890, "password": "s3cret"}`;
const rowTrigger = 'AFTER INSERT OR UPDATE OR DELETE ON people FOR EACH ROW';
const place = `"table": "people", "schema": "public"`;

describe('crossbar.publish_row_change', () => {
  for (const delivery of deliveries) {
    it(`publishes inserted, updated and deleted rows with every digit, with delivery ${delivery}`, async () => {
      await using stage = await openStage([topic], { delivery });
      await createTable(stage, rowTrigger);
      await stage.sql.query(insert);
      expect(await nextChange(stage)).to.equal(`{"new": ${inserted}, ${place}, "operation": "INSERT"}`);
      await stage.sql.query(`UPDATE people SET name = NULL`);
      const updated = inserted.replace('"Jörg"', 'null');
      expect(await nextChange(stage)).to.equal(
        `{"new": ${updated}, "old": ${inserted}, ${place}, "operation": "UPDATE"}`,
      );
      await stage.sql.query(`DELETE FROM people`);
      expect(await nextChange(stage)).to.equal(`{"old": ${updated}, ${place}, "operation": "DELETE"}`);
    });
  }

  it('publishes TRUNCATE', async () => {
    await using stage = await openStage([topic]);
    await createTable(stage, 'AFTER TRUNCATE ON people FOR EACH STATEMENT');
    await stage.sql.query('TRUNCATE people');
    expect(await nextChange(stage)).to.equal(`{${place}, "operation": "TRUNCATE"}`);
  });

  it('publishes once for each statement as a statement trigger', async () => {
    await using stage = await openStage([topic]);
    await createTable(stage, 'AFTER INSERT ON people FOR EACH STATEMENT');
    await stage.sql.query('INSERT INTO people SELECT generate_series(1, 10)');
    await stage.sql.query(`SELECT crossbar.publish('${topic}', '["next"]')`);
    expect(await nextChange(stage)).to.equal(`{${place}, "operation": "INSERT"}`);
    expect((await stage.client.next()).payload).to.equal(',["next"]');
  });

  it('publishes only included columns', async () => {
    await using stage = await openStage([topic]);
    await createTable(stage, rowTrigger, `, '{"include": ["name", "id"]}'`);
    await stage.sql.query(`${insert}; DELETE FROM people`);
    const columns = '{"id": 9007199254740993, "name": "Jörg"}';
    expect(await nextChange(stage)).to.equal(`{"new": ${columns}, ${place}, "operation": "INSERT"}`);
    expect(await nextChange(stage)).to.equal(`{"old": ${columns}, ${place}, "operation": "DELETE"}`);
  });

  it('publishes no excluded columns', async () => {
    await using stage = await openStage([topic]);
    await createTable(stage, rowTrigger, `, '{"exclude": ["password", "balance"]}'`);
    await stage.sql.query(insert);
    const columns = '{"id": 9007199254740993, "name": "Jörg"}';
    expect(await nextChange(stage)).to.equal(`{"new": ${columns}, ${place}, "operation": "INSERT"}`);
  });

  it('does not change rows as a BEFORE trigger', async () => {
    await using stage = await openStage([topic]);
    await createTable(stage, 'BEFORE INSERT OR UPDATE OR DELETE ON people FOR EACH ROW');
    await stage.sql.query(insert);
    await stage.sql.query(`UPDATE people SET name = 'Anna', password = NULL`);
    const { rows } = await stage.sql.query('SELECT * FROM people');
    expect(rows).to.deep.equal([
      { id: '9007199254740993', name: 'Anna', balance: '12345678901234567890.1234567890', password: null },
    ]);
    expect((await stage.sql.query('DELETE FROM people')).rowCount).to.equal(1);
    for (const operation of ['INSERT', 'UPDATE', 'DELETE']) expect(await nextChange(stage)).to.contain(operation);
  });

  it('accepts a row whose columns are all NULL', async () => {
    await using stage = await openStage([topic]);
    await stage.sql.query(`CREATE TABLE blank (a integer, b text);
      CREATE TRIGGER t BEFORE INSERT OR DELETE ON blank FOR EACH ROW EXECUTE FUNCTION crossbar.publish_row_change('${topic}')`);
    expect((await stage.sql.query('INSERT INTO blank VALUES (NULL, NULL)')).rowCount).to.equal(1);
    expect((await stage.sql.query('DELETE FROM blank')).rowCount).to.equal(1);
    expect(await nextChange(stage)).to.contain('"new": {"a": null, "b": null}');
    expect(await nextChange(stage)).to.contain('"old": {"a": null, "b": null}');
  });

  for (const delivery of deliveries) {
    it(`omits values that jsonb cannot hold, reports that, and the row is written, with delivery ${delivery}`, async () => {
      await using stage = await openStage([topic], { delivery });
      await createDocuments(stage);
      for (const [content, reason] of unstorable) {
        await stage.sql.query('TRUNCATE document');
        await stage.sql.query('INSERT INTO document VALUES (1, $1, $2)', [content, 'x']);
        const omitted = `"omitted": {"content": "${reason}"}`;
        expect(await nextChange(stage), content).to.equal(
          `{"new": {"id": 1, "note": "x"}, ${documents}, ${omitted}, "operation": "INSERT"}`,
        );
        await stage.sql.query(`UPDATE document SET content = '{"a": 1.50}'`);
        expect(await nextChange(stage), content).to.equal(
          `{"new": {"id": 1, "note": "x", "content": {"a": 1.50}}, "old": {"id": 1, "note": "x"}, ${documents}, ${omitted}, "operation": "UPDATE"}`,
        );
      }
    });
  }

  it('ignores such values in columns that are not selected', async () => {
    for (const selection of ['{"exclude": ["content"]}', '{"include": ["id", "note"], "strict": true}']) {
      await using stage = await openStage([topic]);
      await createDocuments(stage, selection);
      await stage.sql.query('INSERT INTO document VALUES (1, $1, $2)', ['"\\u0000"', 'x']);
      expect(await nextChange(stage)).to.equal(`{"new": {"id": 1, "note": "x"}, ${documents}, "operation": "INSERT"}`);
    }
  });

  it('raises an error for them with the option strict, and the row is not written', async () => {
    await using stage = await openStage([topic]);
    await createDocuments(stage, '{"exclude": ["id"], "strict": true}');
    for (const [content, reason] of unstorable) {
      const error = await errorOf(stage.sql.query('INSERT INTO document VALUES (1, $1)', [content]));
      expect(error.message).to.equal(reason);
    }
    expect((await stage.sql.query('SELECT FROM document')).rowCount).to.equal(0);
  });
});

/** Values that PostgreSQL keeps as json and not as jsonb, with what it says then. */
const unstorable: readonly (readonly [content: string, reason: string])[] = [
  ['"\\u0000"', 'unsupported Unicode escape sequence'],
  ['[1e400000]', 'value overflows numeric format'],
];

const documents = `"table": "document", "schema": "public"`;

function createDocuments(stage: SqlStage, selection?: string) {
  return stage.sql.query(`CREATE TABLE document (id integer, content json, note text);
    CREATE TRIGGER document_changed AFTER INSERT OR UPDATE ON document FOR EACH ROW
      EXECUTE FUNCTION crossbar.publish_row_change('${topic}'${selection === undefined ? '' : `, '${selection}'`})`);
}
