import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '@pgwamp/harness';
import { expect } from 'chai';

describe('a published package', () => {
  it('brings the SQL, where it is the core', async () => {
    const packed = await filesOf('core');
    for (const folder of ['', 'migrations/', 'functions/']) {
      const names = await readdir(join(repositoryRoot, 'sql', folder));
      const sql = names.filter((name) => name.endsWith('.sql')).map((name) => `sql/${folder}${name}`);
      expect(packed).to.include.members(sql);
    }
    expect(existsSync(join(repositoryRoot, 'packages/core/sql')), 'a copy was left behind').to.equal(false);
  });

  it('brings the page, where it is the console', async () => {
    const pages = await readdir(join(repositoryRoot, 'packages/console/public'), { recursive: true });
    const files = pages.filter((name) => /\.\w+$/.test(name)).map((name) => `public/${name}`);
    expect(await filesOf('console')).to.include.members(files);
  });

  for (const name of ['core', 'publisher', 'router', 'console', 'node']) {
    it(`brings neither tests nor sources, where it is ${name}`, async () => {
      const strays = (await filesOf(name)).filter((path) => /^(test|src)\//.test(path));
      expect(strays).to.deep.equal([]);
    });
  }
});

async function filesOf(name: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--silent'], {
    cwd: join(repositoryRoot, 'packages', name),
  });
  const [packed] = Object.values(JSON.parse(stdout)) as { files: { path: string }[] }[];
  return (packed?.files ?? []).map(({ path }) => path);
}
