import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { checkLinks } from '../../scripts/site-links.ts';

/** A folder of files, whose disposal deletes it. */
async function openSite(files: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), 'pgwamp-site-'));
  await mkdir(join(folder, 'pages'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

describe('Link check of the site', () => {
  it('reports missing files and anchors, and nothing else', async () => {
    await using site = await openSite({
      'index.html':
        '<a href="pages/one.html#top">1</a> <a href="pages/two.html">2</a> <a href="https://example.com/">3</a> <img src="a%20b.png">',
      'a b.png': '',
      'pages/one.html':
        '<h1 id="top">One</h1> <a href="#top">1</a> <a href="#bottom">2</a> <a href="../index.html?x#no">3</a>',
    });
    const { links, broken } = checkLinks(site.folder);
    expect(links).to.equal(6);
    expect(broken).to.have.deep.members([
      { page: 'index.html', link: 'pages/two.html', fault: 'no such file' },
      { page: 'pages/one.html', link: '#bottom', fault: 'no such anchor' },
      { page: 'pages/one.html', link: '../index.html?x#no', fault: 'no such anchor' },
    ]);
  });
});
