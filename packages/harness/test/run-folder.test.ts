import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeOnce, runFolder } from '../src/postgres/run-folder.ts';

describe('makeOnce', () => {
  it('makes a folder once if it is asked for several times at the same time', async () => {
    const folder = join(runFolder(), 'once');
    let count = 0;
    const make = async (partial: string) => {
      count += 1;
      await writeFile(join(partial, 'file'), '');
    };
    const asked = await Promise.all([1, 2, 3].map(() => makeOnce(folder, make)));
    expect(asked).to.deep.equal([folder, folder, folder]);
    expect(await makeOnce(folder, make)).to.equal(folder);
    expect(count).to.equal(1);
    expect(await readdir(folder)).to.deep.equal(['file']);
  });

  it('makes it at the next request if that failed', async () => {
    const folder = join(runFolder(), 'failing');
    const failed = makeOnce(folder, () => Promise.reject(new Error('no space')));
    expect(await failed.catch(({ message }: Error) => message)).to.equal('no space');
    expect(await makeOnce(folder, async () => undefined)).to.equal(folder);
  });
});
