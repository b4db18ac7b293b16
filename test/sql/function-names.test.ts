import { rows } from '@pgwamp/harness/fixtures/sql-database';
import { type EndpointStage, openEndpointStage } from '@pgwamp/harness/fixtures/sql-endpoints';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { expect } from 'chai';

const example =
  "Write the function with its schema and the types of its parameters, such as 'shop.add2(integer, integer)'.";

/** Texts that name no function, or several. */
const wrong: readonly (readonly [text: string, code: string, message: string, hint: string])[] = [
  ['twice', '42725', "there are several functions 'twice'", "Write 'public.twice(integer)' or 'public.twice(text)'."],
  [
    'twice(date)',
    '42883',
    "function 'twice(date)' does not exist",
    "Write 'public.twice(integer)' or 'public.twice(text)'.",
  ],
  [
    'twice(absent)',
    '42883',
    "function 'twice(absent)' does not exist",
    "Write 'public.twice(integer)' or 'public.twice(text)'.",
  ],
  ['add2(integer', '42883', "function 'add2(integer' does not exist", "Write 'public.add2(integer,integer)'."],
  ['once', '42883', "function 'once' does not exist", "Write 'shop.once(integer)'."],
  ['absent', '42883', "function 'absent' does not exist", example],
  ['absent.add2', '42883', "function 'absent.add2' does not exist", "Write 'public.add2(integer,integer)'."],
  [
    'absent.add2(integer, integer)',
    '42883',
    "function 'absent.add2(integer, integer)' does not exist",
    "Write 'public.add2(integer,integer)'.",
  ],
  ['', '42883', "function '' does not exist", example],
  ['"', '42883', `function '"' does not exist`, example],
  ["f'; DROP TABLE x", '42883', "function 'f''; DROP TABLE x' does not exist", example],
  ['5', '42883', "function '5' does not exist", example],
];

async function openStage(): Promise<EndpointStage> {
  const stage = await openEndpointStage();
  await stage.sql.query(
    `CREATE SCHEMA shop; GRANT USAGE ON SCHEMA shop TO ${stage.app};
     CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql RETURN n * 2;
     CREATE FUNCTION twice(t text) RETURNS text LANGUAGE sql RETURN t || t;
     CREATE FUNCTION shop.once(n integer) RETURNS integer LANGUAGE sql RETURN n;
     CREATE FUNCTION shop.add2(a integer, b integer) RETURNS integer LANGUAGE sql RETURN a + b`,
  );
  return stage;
}

describe('Function in crossbar.register and crossbar.subscribe', () => {
  for (const name of ['register', 'subscribe']) {
    const put = ({ sql, app, as }: EndpointStage, argument: string) =>
      as(app, () => sql.query(`SELECT crossbar.${name}('com.a', ${argument})`));
    const functions = async ({ sql }: EndpointStage) =>
      (await rows<{ function: string }>(sql, 'DELETE FROM crossbar._endpoint RETURNING function')).map(
        (it) => it.function,
      );

    it(`needs no types in crossbar.${name} if the name is unique`, async () => {
      await using stage = await openStage();
      for (const text of [
        'add2',
        'public.add2',
        '"add2"',
        'ADD2',
        'Public . Add2',
        'add2(int, int4)',
        'public.add2 (integer,integer)',
      ]) {
        await put(stage, `'${text}'`);
        expect(await functions(stage), text).to.deep.equal(['public.add2(integer,integer)']);
      }
      await put(stage, `'twice(text)'::text`);
      await put(stage, `'shop.once'::varchar`);
      await put(stage, `(SELECT oid FROM pg_proc WHERE proname = 'once')`);
      await put(stage, `'shop.once'::regproc`);
      await put(stage, `'shop.once(integer)'::regprocedure`);
      const parameters = ['com.b', 'twice(integer)', { run_as: stage.app }];
      await stage.sql.query(`SELECT crossbar.${name}($1, $2, $3)`, parameters);
      const last = name === 'register' ? ['shop.once(integer)'] : ['public.twice(text)', 'shop.once(integer)'];
      expect(new Set(await functions(stage))).to.deep.equal(new Set([...last, 'public.twice(integer)']));
    });

    it(`is looked up by crossbar.${name} in the search_path of the session, and with its privileges`, async () => {
      await using stage = await openStage();
      await stage.sql.query('SET search_path = "$user", shop, public');
      await put(stage, "'add2(integer, integer)'");
      await put(stage, "'add2'");
      expect(new Set(await functions(stage))).to.deep.equal(new Set(['shop.add2(integer,integer)']));
      await stage.sql.query(`SET search_path = ''`);
      const { hint } = await errorOf(put(stage, "'add2'"));
      expect(hint).to.equal("Write 'public.add2(integer,integer)' or 'shop.add2(integer,integer)'.");
      await stage.sql.query(`REVOKE USAGE ON SCHEMA shop FROM ${stage.app}`);
      expect(await errorOf(put(stage, "'shop.add2(integer, integer)'"))).to.include({ code: '42501' });
    });

    it(`is named in the error of crossbar.${name}, with the functions that were meant`, async () => {
      await using stage = await openStage();
      await stage.sql.query('DROP FUNCTION shop.add2');
      for (const [text, code, message, hint] of wrong) {
        const error = await errorOf(put(stage, `'${text.replaceAll("'", "''")}'`));
        expect(error, text).to.include({ code, message, hint });
        expect(error.where, text).to.match(
          /^PL\/pgSQL function crossbar\.\w+\(text,anycompatible,jsonb\) line \d+ at RAISE$/,
        );
      }
      expect(await errorOf(put(stage, 'NULL'))).to.include({ code: '22023', message: 'the function is NULL' });
    });
  }
});
