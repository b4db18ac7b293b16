import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '@pgwamp/harness';
import { expect } from 'chai';
import { problemsOf } from './support/problems.ts';

describe('docs/node.md', () => {
  it('shows a configuration that is right', async () => {
    const page = await readFile(join(repositoryRoot, 'docs/node.md'), 'utf8');
    const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(page) ?? [];
    expect(yaml).to.include('workers:');
    expect(await problemsOf(yaml, { name: 'config.yaml', environment: { PGPASSWORD: 'x' } })).to.deep.equal([]);
  });
});
