import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '@pgwamp/harness';
import { expect } from 'chai';
import { proxyDashboard } from '../../scripts/dashboard/proxy.ts';

describe('docs/proxy-dashboard.json', () => {
  it('is the output of "npm run dashboard"', async () => {
    const written = JSON.parse(await readFile(join(repositoryRoot, 'docs/proxy-dashboard.json'), 'utf8'));
    expect(written).to.deep.equal(JSON.parse(JSON.stringify(await proxyDashboard())));
    expect(written.panels).to.have.length.above(15);
  });
});
