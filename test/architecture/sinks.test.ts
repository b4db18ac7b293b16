import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@pgwamp/harness';
import { expect } from 'chai';

describe('Sinks of the Proxy', () => {
  it('are files of at most 200 lines', () => {
    const files = globSync(join(repositoryRoot, 'packages', 'proxy', 'src', 'sinks', '*.ts'));
    expect(files).to.have.length.above(8);
    for (const file of files) expect(readFileSync(file, 'utf8').split('\n').length - 1, file).to.be.at.most(200);
  });
});
