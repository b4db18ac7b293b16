import { expect } from 'chai';
import { referenceNames } from '../../scripts/reference/pages.ts';
import { type Document, documents } from './support/documents.ts';

/** Words in all pages together. A page that grows takes them from another one: nobody reads more. */
const limit = 20_000;

/** README.md, docs/, and the READMEs of packages and examples. */
const isRead = /^(README\.md|docs\/[^/]+\.md|(packages|examples)\/[^/]+\/README\.md)$/;

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

describe('the pages', () => {
  it(`have at most ${limit} words, those that are made of the sources and code left out`, () => {
    const made = new Set(referenceNames.map((name) => `docs/${name}`));
    const pages = documents().filter(({ path }) => isRead.test(path) && !made.has(path));
    expect(pages).to.have.length.above(30);
    const counts = pages.map((page) => [page.path, wordsOf(page)] as const).sort((one, other) => other[1] - one[1]);
    const sum = counts.reduce((total, [, words]) => total + words, 0);
    expect(sum, counts.map(([path, words]) => `${words} ${path}`).join('\n')).to.be.at.most(limit);
  });
});
