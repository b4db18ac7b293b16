import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@pgwamp/harness';
import { expect } from 'chai';
import { attacks } from './attacks.ts';

/** The names of the tests of a file, as its source has them. */
function testsOf(file: string): string[] {
  const source = readFileSync(join(repositoryRoot, file), 'utf8');
  return [...source.matchAll(/\bit\(\s*(?:'((?:[^'\\]|\\.)*)'|`([^`]*)`)/g)].map(
    ([, quoted, template]) => quoted ?? template ?? '',
  );
}

describe('Attacks of docs/attacks.md', () => {
  it('are found', () => expect(attacks).to.have.length.above(20));

  for (const { attack, file, test } of attacks) {
    it(`are existing tests: ${attack}`, () => {
      expect(existsSync(join(repositoryRoot, file)), file).to.equal(true);
      const found = testsOf(file).filter((name) => name.startsWith(test));
      expect(found, `${test} in ${file}`).to.have.length(1);
    });
  }
});
