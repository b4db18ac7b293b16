import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '@pgwamp/harness';
import { expect } from 'chai';
import * as core from '../src/errors.ts';

/** One error class, as the source or the documentation has it. */
interface Entry {
  readonly code: string;
  readonly name: string;
  readonly fatal: boolean;
}

function read(path: string): Promise<string> {
  return readFile(join(repositoryRoot, path), 'utf8');
}

/** The classes with a code that a source file exports. */
async function catalogue(path: string): Promise<Entry[]> {
  const classes = (await read(path)).split(/^export (?=abstract class |class )/m).slice(1);
  return classes.flatMap((text) => {
    const name = /^class (\w+) extends/.exec(text)?.[1];
    const code = /readonly code = '(\w+)'/.exec(text)?.[1];
    return name ? [{ name, code: code ?? '', fatal: text.includes('readonly fatal = true') }] : [];
  });
}

/** The rows of the table below a heading. */
async function documented(heading: string): Promise<Entry[]> {
  const [, section = ''] = (await read('docs/errors.md')).split(`## ${heading}\n`);
  const [table = ''] = section.split('\n## ');
  const rows = table.matchAll(/^\| `(\w+)` *\| `(\w+)` *\|[^|]+\| (yes|no)?/gm);
  return [...rows].map(([, code = '', name = '', fatal]) => ({ code, name, fatal: fatal === 'yes' }));
}

const catalogues: [heading: string, source: string, prefix: RegExp][] = [
  ['Components', 'packages/core/src/errors.ts', /^PGWAMP_[A-Z_]+$/],
  ['Router', 'packages/router/src/errors.ts', /^ERR_ROUTER_[A-Z_]+$/],
];

describe('the catalogue of errors', () => {
  for (const [heading, source, form] of catalogues) {
    it(`of ${source} is what docs/errors.md lists, both ways, with code and whether it is fatal`, async () => {
      const entries = await catalogue(source);
      expect(entries).to.have.length.above(5);
      expect(await documented(heading)).to.have.deep.members(entries);
      for (const { code } of entries) expect(code).to.match(form);
    });
  }

  it('has each code once', async () => {
    const all = await Promise.all(catalogues.map(([, source]) => catalogue(source)));
    const codes = all.flat().map(({ code }) => code);
    expect(codes).to.have.length(new Set(codes).size);
  });

  it('is complete: every class that core exports extends PgwampError and is in it', async () => {
    const names = (await catalogue('packages/core/src/errors.ts')).map(({ name }) => name);
    const exported = Object.entries(core).filter(([name]) => name !== 'PgwampError');
    expect(exported.map(([name]) => name)).to.have.members(names);
    for (const [, error] of exported) expect(error.prototype).to.be.instanceOf(core.PgwampError);
  });

  it('names each error by its class', () => {
    expect(new core.StoppedError().name).to.equal('StoppedError');
    expect(String(new core.WampError('com.example.error', ['why']))).to.equal('WampError: com.example.error: why');
  });
});
