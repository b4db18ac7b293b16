import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownSqlstates } from '@pgwamp/core/internal/functions';
import { postgresBinaries, repositoryRoot, sharedPostgres } from '@pgwamp/harness';
import { expect } from 'chai';
import { errorClasses } from '../../scripts/errors/classes.ts';
import { type Condition, conditions, linkConditions } from '../../scripts/errors/conditions.ts';
import { withTables } from '../../scripts/errors/page.ts';
import { errorTables } from '../../scripts/errors/tables.ts';

const page = readFileSync(join(repositoryRoot, 'docs/errors.md'), 'utf8');

/** The matches of an expression in files, each once. */
function found(pattern: string, expression: RegExp): string[] {
  const texts = globSync(pattern, { cwd: repositoryRoot }).map((path) =>
    readFileSync(join(repositoryRoot, path), 'utf8'),
  );
  const all = texts.flatMap((text) => [...text.matchAll(expression)].map(([, first = '']) => first));
  return [...new Set(all)];
}

/** Expects that PostgreSQL calls its errors so. */
async function expectNames(known: Readonly<Record<string, Condition>>): Promise<void> {
  const { version } = await sharedPostgres();
  const list = readFileSync(join(await postgresBinaries(version), 'share/postgresql/errcodes.txt'), 'utf8');
  for (const [sqlstate, { name }] of Object.entries(known)) {
    expect(list).to.match(new RegExp(`^${sqlstate} .* ${name}$`, 'm'));
  }
}

describe('docs/errors.md', () => {
  it('contains the tables that npm run errors writes', () => {
    expect(withTables(page, errorTables())).to.equal(page);
  });

  it('contains meaning and remedy of every error class', () => {
    const classes = errorClasses().filter(({ code }) => code !== '');
    expect(classes).to.have.length.above(25);
    for (const { name, path, base, code, when, remedy } of classes) {
      const form = base === 'RouterError' ? /^PGWAMP_ROUTER_[A-Z_]+$/ : /^PGWAMP_[A-Z_]+$/;
      expect(code, path).to.match(form);
      expect([when, remedy], name).to.satisfy((all: string[]) => all.every((text) => /^\S.*\.$/.test(text)));
    }
    expect(new Set(classes.map(({ code }) => code))).to.have.property('size', classes.length);
  });

  it('omits only error classes that have the SQLSTATE of PostgreSQL, become a WampError, or are sent to a client', () => {
    const others = errorClasses().filter(({ code }) => code === '');
    expect(others.map(({ name }) => name)).to.have.members([
      'ChangedFunctionError',
      'FrameError',
      'FunctionUnusableError',
      'RowEncodingError',
      'HttpRefusal',
      'LinkFault',
      'PageRequestError',
      'RowTooLongError',
      'StatementError',
    ]);
  });

  it('contains every WAMP error of components, router and SQL', () => {
    const uri = /['"]((?:wamp|crossbar)\.error\.[a-z_]+)['"]/g;
    const uris = [...found('packages/*/src/**/*.ts', uri), ...found('sql/**/*.sql', uri)];
    expect(uris).to.have.length.above(20);
    // Some peers say the first for wamp.close.goodbye_and_out, and Crossbar.io the second for no_matching_auth_method.
    const others = ['wamp.error.goodbye_and_out', 'wamp.error.no_auth_method'];
    for (const known of uris.filter((known) => !others.includes(known))) expect(page).to.include(`\`${known}\``);
  });

  it("contains every SQLSTATE that SQL raises, with PostgreSQL's name", async () => {
    const names = Object.values(conditions).map(({ name }) => name);
    const raised = found('sql/**/*.sql', /(?:ERRCODE = |RETURN \(|problem := \()'([a-z_]+)'/g);
    const casts = ['invalid_text_representation', 'untranslatable_character', 'character_not_in_repertoire'];
    // The errors that crossbar._ask converts to CB006.
    expect([...raised.filter((name) => name !== 'connection_failure'), ...casts]).to.have.members(names);
    // CB000 never leaves the function that raises it: it takes back a statement.
    for (const own of found('sql/**/*.sql', /'(CB(?!000)\d{3})'/g)) expect(ownSqlstates).to.have.property(own);
    await expectNames(conditions);
  });

  it("contains every SQLSTATE of the link of a Caller, with PostgreSQL's name", async () => {
    const answered = found('packages/caller/src/link/*.ts', /new LinkFault\(\s*'(\w+)'/g);
    expect(answered).to.have.members(Object.keys(linkConditions));
    await expectNames(linkConditions);
  });
});
