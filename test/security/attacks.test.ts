import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@pgwamp/harness';
import { expect } from 'chai';

const page = readFileSync(join(repositoryRoot, 'docs/security.md'), 'utf8');

/** The attacks that the page lists: what it is, the file, and the beginning of the name of the test. */
function attacks(): { readonly attack: string; readonly file: string; readonly test: string }[] {
  const [, section = ''] = page.split('\n## Attacks that are tests\n');
  const [list = ''] = section.split('\n## ');
  return [...list.matchAll(/^\| (.+?) +\| `([^`]+\.test\.ts)` +\| (.+?) +\|$/gm)].map(
    ([, attack = '', file = '', test = '']) => ({ attack, file, test }),
  );
}

/** The names of the tests of a file, as its source has them. */
function testsOf(file: string): string[] {
  const source = readFileSync(join(repositoryRoot, file), 'utf8');
  return [...source.matchAll(/\bit\(\s*(?:'((?:[^'\\]|\\.)*)'|`([^`]*)`)/g)].map(
    ([, quoted, template]) => quoted ?? template ?? '',
  );
}

describe('the attacks of docs/security.md', () => {
  it('are some', () => expect(attacks()).to.have.length.above(20));

  for (const { attack, file, test } of attacks()) {
    it(`are tests that exist: ${attack}`, () => {
      expect(existsSync(join(repositoryRoot, file)), file).to.equal(true);
      const found = testsOf(file).filter((name) => name.startsWith(test));
      expect(found, `${test} in ${file}`).to.have.length(1);
    });
  }
});
