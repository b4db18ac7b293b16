import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { callStatement, refusedValue } from '../../src/functions/index.ts';
import { ExecutorStage } from '../support/executor-stage.ts';
import { RoutineStage } from '../support/routine-stage.ts';

/** Texts that would delete the canary if they became SQL in the place of a value, literal, name or cast. */
const attacks = [
  `'; DELETE FROM canary; --`,
  `'); DELETE FROM canary; --`,
  `\\'; DELETE FROM canary; --`,
  `\\\\'; DELETE FROM canary; --`,
  `''); DELETE FROM canary; --`,
  `"; DELETE FROM canary; --`,
  `"); DELETE FROM canary; --`,
  `$1); DELETE FROM canary; --`,
  `$$); DELETE FROM canary; --`,
  `1); DELETE FROM canary; --`,
  `1::text); DELETE FROM canary; --`,
  `NULL); DELETE FROM canary; --`,
  `*/ ); DELETE FROM canary; /*`,
  `}'); DELETE FROM canary; --`,
  `)'); DELETE FROM canary; --`,
  `"}'::text[]); DELETE FROM canary; --`,
  `\u2019); DELETE FROM canary; --`,
  `\ufe52'); DELETE FROM canary; --`,
  `E'\\'); DELETE FROM canary; --`,
  `U&"\\0027" UESCAPE '!'); DELETE FROM canary; --`,
  `(SELECT destroy())`,
  `{"(SELECT destroy())"}`,
];

/** Each attack becomes a function, a parameter, a default, a type, an attribute, a label and an OUT column. */
const identifier = (text: string) => `"${text.replaceAll('"', '""')}"`;
const string = (text: string) => `'${text.replaceAll("'", "''")}'`;

const definitions = `
  CREATE TABLE canary (alive boolean);
  INSERT INTO canary VALUES (true);
  CREATE FUNCTION destroy() RETURNS text LANGUAGE sql AS $$ DELETE FROM canary; SELECT 'destroyed' $$;
  CREATE TYPE pair AS (a text, b text[]);
  CREATE FUNCTION echo(value text) RETURNS text LANGUAGE sql RETURN value;
  CREATE FUNCTION echo_list(value text[]) RETURNS text[] LANGUAGE sql RETURN value;
  CREATE FUNCTION echo_rest(VARIADIC rest text[]) RETURNS text[] LANGUAGE sql RETURN rest;
  CREATE FUNCTION echo_pair(value pair) RETURNS pair LANGUAGE sql RETURN value;
  CREATE FUNCTION echo_pairs(value pair[]) RETURNS pair[] LANGUAGE sql RETURN value;
  CREATE FUNCTION echo_json(value json) RETURNS json LANGUAGE sql RETURN value;
  CREATE FUNCTION number(value integer) RETURNS integer LANGUAGE sql RETURN value;
  CREATE FUNCTION raw(args jsonb, kwargs jsonb, details jsonb) RETURNS crossbar.result LANGUAGE sql AS $$ SELECT ROW(args, kwargs)::crossbar.result $$;
`;

function hostile(attack: string): string {
  const [parameter, out, label, row] = ['p', 'o', 't', 'r'].map((letter) => identifier(letter + attack));
  return `
    CREATE TYPE ${label} AS ENUM (${string(attack)});
    CREATE TYPE ${row} AS (${identifier(attack)} text);
    CREATE FUNCTION ${identifier(attack)}(${parameter} ${label} DEFAULT ${string(attack)}, q text DEFAULT ${string(attack)},
      OUT ${out} text, OUT other text) LANGUAGE sql AS $$ SELECT $1::text, $2 $$;
    CREATE FUNCTION ${identifier(`f${attack}`)}(${row}) RETURNS ${row} LANGUAGE sql AS $$ SELECT $1 $$;
    CREATE PROCEDURE ${identifier(`c${attack}`)}(a text, OUT ${out} text, OUT other text) LANGUAGE plpgsql AS $body$
      BEGIN ${out} := a; other := a; END $body$;`;
}

describe('Function executor: SQL injection', () => {
  let stage: RoutineStage;

  before(async () => {
    stage = await RoutineStage.open(definitions + attacks.map(hostile).join(''));
  });

  after(() => stage?.[Symbol.asyncDispose]());

  afterEach(async () => {
    const { rows } = await stage.sql.query('SELECT alive FROM canary');
    expect(rows).to.deep.equal([{ alive: true }]);
  });

  it('returns SQL in strings unchanged, at any depth of a value', async () => {
    for (const attack of attacks) {
      expect(await stage.value('public.echo(text)', attack)).to.equal(attack);
      expect(await stage.value('public.echo_list(text[])', [attack, attack])).to.deep.equal([attack, attack]);
      expect(await stage.value('public.echo_list(text[])', [[attack], [attack]])).to.deep.equal([[attack], [attack]]);
      expect(await stage.value('public.echo_rest(text[])', attack, attack)).to.deep.equal([attack, attack]);
      const pair = { a: attack, b: [attack] };
      expect(await stage.value('public.echo_pair(public.pair)', pair)).to.deep.equal(pair);
      expect(await stage.value('public.echo_pairs(public.pair[])', [pair, pair])).to.deep.equal([pair, pair]);
      expect(await stage.value('public.echo_json(json)', { [attack]: attack })).to.deep.equal({ [attack]: attack });
      const raw = {
        args: [attack],
        kwargs: { [attack]: attack },
        details: { procedure: attack, caller_authid: attack },
      };
      const result = await stage.call('public.raw(jsonb,jsonb,jsonb)', raw);
      expect(JSON.parse(`[${result.args},${result.kwargs}]`)).to.deep.equal([raw.args, raw.kwargs]);
    }
  });

  it('refuses SQL in values and keywords that do not fit the type', async () => {
    for (const attack of attacks) {
      for (const [signature, given] of [
        ['public.number(integer)', { args: [attack] }],
        ['public.number(integer)', { args: [1], kwargs: { [attack]: 1 } }],
        ['public.number(integer)', { kwargs: { [attack]: 1 } }],
        ['public.number(integer)', { kwargs: { value: attack } }],
        ['public.echo_pair(public.pair)', { args: [{ [attack]: attack }] }],
      ] as const) {
        expect(await stage.refusal(signature, given)).to.include({ error: 'wamp.error.invalid_argument' });
      }
    }
  });

  it('quotes SQL in the names of functions, parameters, types, columns, and in defaults', async () => {
    for (const attack of attacks) {
      const [type, row] = [identifier(`t${attack}`), identifier(`r${attack}`)];
      const signature = `public.${identifier(attack)}(public.${type},text)`;
      const result = { [`o${attack}`]: attack, other: attack };
      expect(await stage.value(signature)).to.deep.equal(result);
      const { args } = await stage.call(signature, { kwargs: { [`p${attack}`]: attack, q: attack } });
      expect(JSON.parse(args)).to.deep.equal([result]);
      const echo = `public.${identifier(`f${attack}`)}(public.${row})`;
      expect(await stage.value(echo, { [attack]: attack })).to.deep.equal({ [attack]: attack });
      const outs = { [`o${attack}`]: attack, other: attack };
      expect(await stage.value(`public.${identifier(`c${attack}`)}(text)`, attack)).to.deep.equal(outs);
    }
  });

  it('reports that a function does not exist if its signature contains SQL', async () => {
    for (const attack of attacks) {
      for (const signature of [
        attack,
        `public.echo(text)${attack}`,
        `public.echo(${attack})`,
        `${attack}.echo(text)`,
      ]) {
        expect(await stage.look(signature))
          .to.have.property('problem')
          .that.includes('does not exist');
      }
    }
  });

  it('builds the same statement for any values of the arguments', async () => {
    const routine = await stage.routine('public.echo_pair(public.pair)');
    const texts = attacks.map((attack) => callStatement(routine, [{ a: attack }], {}, { procedure: attack }).text);
    expect(new Set(texts)).to.deep.equal(
      new Set([`SELECT pg_catalog.to_json(public.echo_pair($1)), crossbar._reset() WHERE ${routine.guard}`]),
    );
  });

  it('quotes SQL as JSON in the error', async () => {
    const routine = await stage.routine('public.number(integer)');
    const [attack = ''] = attacks;
    const statement = callStatement(routine, [attack], {}, {});
    const { args } = refusedValue(statement, 1, 'no number');
    expect(args).to.deep.equal([`value: expected integer, found ${JSON.stringify(attack)}: no number`]);
    expect((await rejection(stage.run(routine, statement))).message).to.include('invalid input syntax');
  });

  it('quotes SQL in a default if settings of the role change how strings are parsed', async () => {
    const attack = `\\', (SELECT destroy())) --`;
    await using executors = await ExecutorStage.open(`
      CREATE FUNCTION destroy() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'destroyed'; END $$;
      CREATE FUNCTION guarded(list text[], a text DEFAULT ${string(attack)}, b text DEFAULT 'x', c date DEFAULT '2026-01-02')
        RETURNS jsonb LANGUAGE sql AS $$ SELECT jsonb_build_array(list, a, b, c) $$;
      ALTER ROLE :app SET standard_conforming_strings = off; ALTER ROLE :app SET array_nulls = off;
      ALTER ROLE :app SET DateStyle = 'German, DMY'; ALTER ROLE :app SET IntervalStyle = sql_standard`);
    const result = await executors.value('public.guarded(text[],text,text,date)', [null, 'NULL']);
    expect(result).to.deep.equal([[null, 'NULL'], attack, 'x', '2026-01-02']);
  });
});
