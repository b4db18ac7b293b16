import { readdir } from 'node:fs/promises';
import { repositoryRoot } from '@pgwamp/harness';
import { sqlFile } from '@pgwamp/harness/fixtures/sql-database';
import { expect } from 'chai';

describe('Files of sql/', () => {
  it('are ASCII, including comments, so that a database with any encoding accepts them', async () => {
    const files = await readdir(`${repositoryRoot}/sql`, { recursive: true });
    const sql = files.filter((name) => name.endsWith('.sql'));
    expect(sql).to.include.members(['setup.sql', 'uninstall.sql', 'functions/publish.sql']);
    for (const name of sql) expect(await sqlFile(name), name).to.match(/^[\n\x20-\x7e]*$/);
  });
});
