import { expect } from 'chai';
import { createSetUpDatabase } from '../support/sql-database.ts';
import { errorOf } from '../support/sql-error.ts';

describe('crossbar.call', () => {
  it('fails at once where no Caller runs', async () => {
    await using database = await createSetUpDatabase();
    await using sql = await database.connect();
    expect(await errorOf(sql.query(`SELECT crossbar.call('com.a')`))).to.include({
      code: '08001',
      message: 'no Caller is running',
    });
    await sql.query('DROP SCHEMA crossbar_dblink CASCADE');
    expect((await errorOf(sql.query(`SELECT crossbar.call('com.a')`))).code).to.equal('0A000');
  });
});
