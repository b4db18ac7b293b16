import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@pgwamp/harness';
import { expect } from 'chai';
import { document } from './support/documents.ts';

describe('docs/architecture.md', () => {
  it('names existing files for each feature', () => {
    const { lines } = document('docs/architecture.md');
    const table = lines.slice(lines.indexOf('## Where is what')).join('\n').split('\n## ')[0] ?? '';
    const paths = [...table.matchAll(/\| `([\w./-]+\.\w+)` +\|$/gm)].map(([, path = '']) => path);
    expect(paths).to.have.length.above(25);
    const folders = [repositoryRoot, join(repositoryRoot, 'packages')];
    expect(paths.filter((path) => !folders.some((folder) => existsSync(join(folder, path))))).to.deep.equal([]);
  });
});
