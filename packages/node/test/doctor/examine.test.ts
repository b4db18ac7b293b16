import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { expect } from 'chai';
import { databasesOf } from '../../src/configuration/databases.ts';
import { readNode } from '../../src/configuration/read-node.ts';
import { examine } from '../../src/doctor/examine.ts';
import { node, routerWorker, sideBySide } from '../support/configurations.ts';
import { createFolder } from '../support/folder.ts';

describe('Doctor: node with two databases', () => {
  it('examines each database, and the machine and each router once', async () => {
    await using one = await createSetUpDatabase();
    await using other = await createSetUpDatabase();
    const components = [sideBySide('pgwamp.Publisher', one), sideBySide('pgwamp.Callee', other)];
    await using folder = await createFolder({ 'config.json': node([routerWorker({ components })]) });
    const configuration = await readNode(`${folder.path}/config.json`);
    const found = await examine(databasesOf(configuration.node), configuration);
    const concerned = (check: string) => found.filter((it) => it.check === check).map((it) => it.components);
    const [publisher, callee] = [['router-1/component-1'], ['router-1/component-2']];
    expect(concerned('connection')).to.deep.equal([publisher, callee]);
    expect(concerned('realm of router/1')).to.deep.equal([publisher]);
    expect(concerned('realm of router/2')).to.deep.equal([callee]);
    expect(concerned('node')).to.deep.equal([undefined]);
  });

  it('examines nothing without a database', async () => {
    expect(await examine([], undefined)).to.deep.equal([]);
  });
});
