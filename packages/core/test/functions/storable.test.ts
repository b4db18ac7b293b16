import { expect } from 'chai';
import { storableJson } from '../../src/functions/index.ts';
import { preparedDatabase } from '../support/database.ts';

const cases: Readonly<Record<string, string>> = {
  '["a\\u0000b", "\\\\u0000", "\\ud800x", "\\udc00"]': '["a\\ufffdb", "\\\\u0000", "\\ufffdx", "\\ufffd"]',
  '[1e400000, -1.5E+99999, 1e5, "1e400000", {"1e400000": 1e-99999}]':
    '["1e400000", "-1.5E+99999", 1e5, "1e400000", {"1e400000": "1e-99999"}]',
  '[1e99999, "a\\"1e99999\\\\", "\\u0000"]': `["1e99999", "a\\"1e99999\\\\", "\\ufffd"]`,
  [`[${'9'.repeat(200_000)}, 1]`]: `["${'9'.repeat(200_000)}", 1]`,
  '[true, null, {"e": -1.50}]': '[true, null, {"e": -1.50}]',
};

describe('JSON for jsonb', () => {
  it('has another form only where PostgreSQL would not take it, and PostgreSQL takes that', async () => {
    await using database = await preparedDatabase();
    await using sql = await database.connect();
    for (const [json, storable] of Object.entries(cases)) {
      expect(storableJson(json)).to.equal(storable);
      await sql.query('SELECT $1::jsonb', [storable]);
    }
  });
});
