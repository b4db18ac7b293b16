import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WampError } from '@pgwamp/core';
import { postgresBinaries, sharedPostgres } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { errorOfSqlstate } from '../../src/functions/execution/sqlstate.ts';
import { ExecutorStage } from '../support/executor-stage.ts';

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

describe('WAMP errors of SQLSTATEs', () => {
  it('are defined for every code of PostgreSQL', async () => {
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

  it("use PostgreSQL's names for constraint violations", async () => {
    const violations = (await conditions()).filter(({ sqlstate }) => sqlstate.startsWith('23'));
    expect(violations).to.have.length(7);
    for (const { sqlstate, name } of violations) expect(errorOfSqlstate(sqlstate)).to.equal(`crossbar.error.${name}`);
  });

  it('are those of the class for unknown codes', () => {
    expect(errorOfSqlstate('23ABC')).to.equal('crossbar.error.integrity_constraint_violation');
    expect(errorOfSqlstate('22ABC')).to.equal('wamp.error.invalid_argument');
    expect(errorOfSqlstate('ABCDE')).to.equal('wamp.error.runtime_error');
  });
});
