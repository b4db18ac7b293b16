import { expect } from 'chai';
import { referenceNames } from '../../scripts/reference/pages.ts';
import { type Document, documents } from './support/documents.ts';

/** Words that are written by hand. A page that grows takes them from another one: nobody reads more. */
const limits = [
  { what: 'README.md and docs/', pattern: /^(README\.md|docs\/[^/]+\.md)$/, words: 20_000 },
  { what: 'the READMEs of packages and examples', pattern: /^(packages|examples)\/[^/]+\/README\.md$/, words: 2_000 },
];

/** The words of a page as a browser shows it, without code blocks. `docs/errors.md` without its tables: a script makes them. */
function wordsOf({ path, lines }: Document): number {
  let inBlock = false;
  const shown = lines.filter((line) => {
    const isFence = /^\s*```/.test(line);
    if (isFence) inBlock = !inBlock;
    return !isFence && !inBlock && !(path === 'docs/errors.md' && line.startsWith('|'));
  });
  const text = shown.join('\n').replaceAll(/\]\([^)]*\)/g, ']');
  return text.split(/\s+/).filter((word) => /[\p{Letter}\p{Number}]/u.test(word)).length;
}

describe('Words of the pages', () => {
  const made = new Set(referenceNames.map((name) => `docs/${name}`));

  for (const { what, pattern, words } of limits) {
    it(`are at most ${words} in ${what}, without code and generated pages`, () => {
      const pages = documents().filter(({ path }) => pattern.test(path) && !made.has(path));
      expect(pages).to.have.length.above(20);
      const counts = pages.map((page) => [wordsOf(page), page.path] as const).sort(([one], [other]) => other - one);
      const sum = counts.reduce((total, [count]) => total + count, 0);
      expect(sum, counts.map((count) => count.join(' ')).join('\n')).to.be.at.most(words);
    });
  }
});
