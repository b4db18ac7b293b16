import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot, startProcess, withDeadline } from '@pgwamp/harness';
import { expect } from 'chai';
import { problemsOf } from './support/problems.ts';

function page(name: string): Promise<string> {
  return readFile(join(repositoryRoot, 'docs', name), 'utf8');
}

describe('docs/node.md', () => {
  it('contains a valid configuration', async () => {
    const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(await page('node.md')) ?? [];
    expect(yaml).to.include('workers:');
    expect(await problemsOf(yaml, { name: 'config.yaml', environment: { PGPASSWORD: 'x' } })).to.deep.equal([]);
  });
});

describe('docs/command.md', () => {
  it('contains the help of the command', async () => {
    const program = join(repositoryRoot, 'packages/node/src/cli/pgwamp.ts');
    await using help = await startProcess(program, { args: ['--help'] });
    await withDeadline(help.exited, 30_000, 'the help');
    const [, shown = ''] = /```text\n(Usage: .*?)```/s.exec(await page('command.md')) ?? [];
    expect(help.output.trim()).to.equal(shown.trim());
  });
});
