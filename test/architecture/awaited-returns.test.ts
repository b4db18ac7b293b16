import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@pgwamp/harness';
import { expect } from 'chai';
import { returnsUnderUsing, unawaited } from './awaited-returns.ts';

const configuration = join(repositoryRoot, 'tsconfig.check.json');

describe('Function with a using declaration', () => {
  it('awaits the promise that it returns, since the resource is released before', function () {
    // The compiler reads half of the repository.
    this.timeout(300_000);
    const patterns = ['packages/*/{src,test}/**/*.ts', '{test,bench,examples,scripts}/**/*.ts'];
    const paths = globSync(patterns, { cwd: repositoryRoot, exclude: ['test/architecture/support/**'] });
    const returns = paths
      .map((path) => join(repositoryRoot, path))
      .flatMap((path) => returnsUnderUsing(path, readFileSync(path, 'utf8')));
    expect(returns).to.have.length.above(10);
    expect(unawaited(returns, configuration)).to.deep.equal([]);
  });

  it('is reported if it does not', () => {
    const path = join(repositoryRoot, 'test/architecture/support/unawaited.ts');
    const found = unawaited(returnsUnderUsing(path, readFileSync(path, 'utf8')), configuration);
    expect(found.map((line) => line.replace(/.*:\d+: /s, ''))).to.deep.equal([
      'resource.read()',
      'fallback ? resource.read() : undefined',
      'resource.read()',
    ]);
  });
});
