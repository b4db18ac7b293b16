import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { postgresBinaries, repositoryRoot, sharedPostgres } from '@pgwamp/harness';
import { expect } from 'chai';
import type { WampError } from '../../src/errors.ts';
import { errorOfSqlstate, errorsBySqlstate, otherError } from '../../src/procedures/sqlstate.ts';
import { ExecutorStage } from '../support/executor-stage.ts';
import { rejection } from '../support/rejection.ts';

/** One of the errors that PostgreSQL knows. */
interface Condition {
  readonly sqlstate: string;
  readonly name: string;
}

/** PostgreSQL's own list, from which its source and its documentation are made; of the version that the tests run against. */
async function conditions(): Promise<Condition[]> {
  const { version } = await sharedPostgres();
  const text = await readFile(join(await postgresBinaries(version), 'share/postgresql/errcodes.txt'), 'utf8');
  const lines = text.matchAll(/^(\w{5}) +[EW] +\S+ +(\S+)$/gm);
  return [...lines].map(([, sqlstate = '', name = '']) => ({ sqlstate, name }));
}

/** The table of docs/errors.md. */
async function documented(): Promise<[sqlstate: string, error: string][]> {
  const text = await readFile(join(repositoryRoot, 'docs/errors.md'), 'utf8');
  const rows = text.matchAll(/^\| (?:`(\w+)(…?)`|any other) +\|[^|]*\| `([\w.]+)` *\|$/gm);
  return [...rows].map(([, sqlstate = 'any other', class_, error = '']) => {
    expect(sqlstate, 'a class has two characters').to.have.length(class_ ? 2 : sqlstate === 'any other' ? 9 : 5);
    return [sqlstate, error];
  });
}

describe('the WAMP errors of SQLSTATEs', () => {
  it('are those of the table in docs/errors.md, in its order', async () => {
    const table = [...Object.entries(errorsBySqlstate), ['any other', otherError]];
    expect(await documented()).to.have.deep.members(table);
  });

  it('are what callers get for every code that PostgreSQL can raise', async () => {
    await using stage = await ExecutorStage.open(`
      CREATE FUNCTION fail(code text) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'this is %', code USING ERRCODE = code; END $$`);
    const fail = await stage.endpoint('public.fail(text)', { options: { retries: 0 } });
    const all = await conditions();
    expect(all).to.have.length.above(230);
    const errors = await Promise.all(all.map(({ sqlstate }) => rejection<WampError>(stage.call(fail, [sqlstate]))));
    const got = errors.map(({ error, args, kwargs }) => ({ error, args, kwargs }));
    const expected = all.map(({ sqlstate }) => {
      return { error: errorOfSqlstate(sqlstate), args: [`this is ${sqlstate}`], kwargs: { sqlstate } };
    });
    // A cancel has no words of its own, since PostgreSQL's may be in any language.
    const canceled = all.findIndex(({ sqlstate }) => sqlstate === '57014');
    expect(got.splice(canceled, 1)).to.deep.equal([
      { error: 'wamp.error.canceled', args: ['the call was canceled'], kwargs: {} },
    ]);
    expected.splice(canceled, 1);
    expect(got).to.deep.equal(expected);
  });

  it("name violations of constraints by PostgreSQL's names", async () => {
    const violations = (await conditions()).filter(({ sqlstate }) => sqlstate.startsWith('23'));
    expect(violations).to.have.length(7);
    for (const { sqlstate, name } of violations) expect(errorOfSqlstate(sqlstate)).to.equal(`crossbar.error.${name}`);
  });

  it('are those of the class for codes that PostgreSQL does not know', () => {
    expect(errorOfSqlstate('23ABC')).to.equal('crossbar.error.integrity_constraint_violation');
    expect(errorOfSqlstate('22ABC')).to.equal('wamp.error.invalid_argument');
    expect(errorOfSqlstate('ABCDE')).to.equal('wamp.error.runtime_error');
  });
});
