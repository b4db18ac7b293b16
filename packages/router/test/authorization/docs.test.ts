import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { run } from '../support/process.ts';

describe('docs/router.md', () => {
  it('contains a working example of authentication and authorization', async () => {
    const page = await readFile(new URL('../../../../docs/router.md', import.meta.url), 'utf8');
    const [, section = ''] = page.split('## Authentication and authorization');
    const example = /```ts\n([\s\S]*?)```/.exec(section)?.[1] ?? '';
    const { code, output } = await run(example.replace("'@pgwamp/router'", "'../src/index.ts'"));
    expect(output.trim()).to.match(/^ws:\/\/127\.0\.0\.1:\d+\/ws$/);
    expect(code).to.equal(0);
  });
});
