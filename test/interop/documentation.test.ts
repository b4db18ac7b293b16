import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '@pgwamp/harness';
import { expect } from 'chai';
import { differenceRows, lackingRows } from './documentation.ts';

/** A row as it would be without the spaces that the formatter puts in to align the columns. */
function plain(row: string): string {
  return row.replaceAll(/ {2,}/g, ' ');
}

/** The rows of the tables under one heading of docs/router.md, without the heads of the tables. */
async function rowsUnder(heading: string): Promise<string[]> {
  const page = await readFile(join(repositoryRoot, 'docs', 'router.md'), 'utf8');
  const section = page.split(/^(?=#{2,3} )/m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map(plain);
}

describe('the page of the router', () => {
  it('lists every known difference from Crossbar.io, and no other', async () => {
    expect(await rowsUnder('## Differences from Crossbar.io')).to.deep.equal(differenceRows().map(plain));
  });

  it('lists what is not tried with a client library, and nothing else', async () => {
    expect(await rowsUnder('### What the client libraries cannot do')).to.deep.equal(lackingRows().map(plain));
  });
});
