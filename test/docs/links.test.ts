import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { repositoryRoot } from '@pgwamp/harness';
import { expect } from 'chai';
import { type Document, document, documents } from './support/documents.ts';

/** The links of a document within this repository, by line. */
function* relativeLinks({ path, lines }: Document): Generator<{ place: string; target: string }> {
  let inBlock = false;
  for (const [index, line] of lines.entries()) {
    if (line.startsWith('```')) inBlock = !inBlock;
    if (inBlock) continue;
    for (const [, target = ''] of line.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (!/^[a-z]+:/.test(target)) yield { place: `${path}:${index + 1}`, target };
    }
  }
}

/** The anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

function faultOf(from: string, target: string): string | undefined {
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? from : posix.join(posix.dirname(from), file);
  if (!existsSync(join(repositoryRoot, path))) return `there is no ${path}`;
  if (anchor === undefined) return undefined;
  return document(path).headings.map(anchorOf).includes(anchor) ? undefined : `${path} has no heading #${anchor}`;
}

describe('Links of the documents', () => {
  for (const page of documents()) {
    it(`${page.path} contains only valid links`, () => {
      const faults = [...relativeLinks(page)].flatMap(({ place, target }) => {
        const fault = faultOf(page.path, target);
        return fault ? [`${place}: ${fault}`] : [];
      });
      expect(faults).to.deep.equal([]);
    });
  }

  it('lead from the README to every page', () => {
    const linked = new Set(['README.md']);
    for (const path of linked) {
      for (const { target } of relativeLinks(document(path))) {
        const file = posix.join(posix.dirname(path), target.split('#')[0] ?? '');
        if (file.endsWith('.md') && existsSync(join(repositoryRoot, file))) linked.add(file);
      }
    }
    const docs = documents().filter(({ path }) => path.startsWith('docs/') || !path.includes('/'));
    expect(docs.map(({ path }) => path).filter((path) => !linked.has(path))).to.deep.equal([]);
  });
});
