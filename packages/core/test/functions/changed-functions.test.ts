import type { WampError } from '@pgwamp/core';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { ExecutorStage, onlyResult } from '../support/executor-stage.ts';

describe('Function executor: changed functions', () => {
  let stage: ExecutorStage;

  before(async () => {
    stage = await ExecutorStage.open('', { pool: { size: 2 } });
  });

  after(() => stage?.[Symbol.asyncDispose]());

  it('passes keyword arguments by the current names of the parameters', async () => {
    const create = (names: string) =>
      stage.define(`CREATE FUNCTION gross(${names}) RETURNS numeric LANGUAGE sql AS $$ SELECT (price * (100 + tax) / 100)::integer $$;
        CREATE PROCEDURE total(${names}, OUT sum numeric) LANGUAGE plpgsql AS $$ BEGIN sum := (price * (100 + tax) / 100)::integer; END $$`);
    const swap = { from: 'price numeric, tax numeric', to: 'tax numeric, price numeric' };
    await create(swap.from);
    for (const signature of ['public.gross(numeric,numeric)', 'public.total(numeric,numeric)']) {
      const name = signature.slice(7, 12);
      const endpoint = await stage.endpoint(signature);
      const kwargs = { price: 200, tax: 10 };
      expect(onlyResult(await stage.call(endpoint, [], { kwargs }))).to.equal(220);
      const body = signature.includes('gross') ? 'FUNCTION' : 'PROCEDURE';
      await stage.define(`DROP ${body} ${name}(${swap.from})`);
      await stage.define(
        body === 'FUNCTION'
          ? `CREATE FUNCTION gross(${swap.to}) RETURNS numeric LANGUAGE sql AS $$ SELECT (price * (100 + tax) / 100)::integer $$`
          : `CREATE PROCEDURE total(${swap.to}, OUT sum numeric) LANGUAGE plpgsql AS $$ BEGIN sum := (price * (100 + tax) / 100)::integer; END $$`,
      );
      expect(onlyResult(await stage.call(endpoint, [], { kwargs })), signature).to.equal(220);
      expect(onlyResult(await stage.call(endpoint, [10, 200])), signature).to.equal(220);
    }
  });

  it('calls a function with a new body without reading its signature again', async () => {
    const define = (value: number) =>
      stage.define(
        `CREATE OR REPLACE FUNCTION answer(a integer DEFAULT ${value}) RETURNS integer LANGUAGE sql RETURN a + ${value}`,
      );
    await define(1);
    const endpoint = await stage.endpoint('public.answer(integer)');
    await define(2);
    const reads = stage.reads;
    expect(onlyResult(await stage.call(endpoint))).to.equal(4);
    expect(stage.reads).to.equal(reads);
  });

  it('reads the signature again after a change of names, modes or defaults of parameters', async () => {
    const change = async (signature: string, from: string, to: string, ...given: [readonly unknown[], object?]) => {
      await stage.define(`CREATE FUNCTION ${from}`);
      const endpoint = await stage.endpoint(`public.${signature}`);
      const before = onlyResult(await stage.call(endpoint, ...given));
      const { reads } = stage;
      await stage.define(`CREATE OR REPLACE FUNCTION ${to}`);
      expect(onlyResult(await stage.call(endpoint, ...given)), to).to.deep.equal(before);
      expect(stage.reads, to).to.equal(reads + 1);
    };
    const body = 'LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$';
    const outBody = 'LANGUAGE plpgsql AS $$ BEGIN b := 1; END $$';
    await change('named(integer)', `named(integer) RETURNS int ${body}`, `named(a integer) RETURNS int ${body}`, [1]);
    const list = (mode: string) => `"It's"(${mode} a integer[]) RETURNS int ${body}`;
    await change(`"It's"(integer[])`, list('IN'), list('VARIADIC'), [], { kwargs: { a: [1, 2] } });
    const optional = (defaults: string) => `optional(a integer ${defaults}) RETURNS int ${body}`;
    await change('optional(integer)', optional(''), optional('DEFAULT 1'), [1]);
    await change(
      'gives(integer)',
      `gives(a integer) RETURNS int ${body}`,
      `gives(a integer, OUT b int) ${outBody}`,
      [1],
    );
  });

  it("calls the current function of a schema's name after the schema was renamed", async () => {
    const f = (value: number) => `f() RETURNS integer LANGUAGE sql RETURN ${value}`;
    await stage.define(
      `CREATE SCHEMA "An 'odd' one"; CREATE FUNCTION "An 'odd' one".${f(1)}; GRANT USAGE ON SCHEMA "An 'odd' one" TO :app`,
    );
    const endpoint = await stage.endpoint(`"An 'odd' one".f()`);
    expect(onlyResult(await stage.call(endpoint))).to.equal(1);
    await stage.define(`ALTER SCHEMA "An 'odd' one" RENAME TO former; CREATE SCHEMA "An 'odd' one"; CREATE FUNCTION "An 'odd' one".${f(2)};
      GRANT USAGE ON SCHEMA "An 'odd' one" TO :app`);
    const { reads } = stage;
    expect(onlyResult(await stage.call(endpoint))).to.equal(2);
    expect(stage.reads).to.equal(reads + 1);
  });

  it('uses the current columns of composite types and tables in arguments and results', async () => {
    await stage.define(`CREATE TYPE pair AS (a integer, b integer);
      CREATE TABLE document (id integer, "10" text, "9" text); INSERT INTO document VALUES (1, 'ten', 'nine'); GRANT SELECT ON document TO :app;
      CREATE FUNCTION first_of(p pair) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RETURN p.a; END $$;
      CREATE FUNCTION documents() RETURNS SETOF document LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT * FROM document; END $$`);
    const first = await stage.endpoint('public.first_of(public.pair)');
    const documents = await stage.endpoint('public.documents()');
    await stage.define(`ALTER TYPE pair RENAME ATTRIBUTE a TO c; ALTER TYPE pair RENAME ATTRIBUTE b TO a; ALTER TYPE pair RENAME ATTRIBUTE c TO b;
      ALTER TABLE document ADD COLUMN data bytea DEFAULT '\\x01ff'; ALTER TABLE document ADD COLUMN content json DEFAULT '{"b": 1.0, "a":[1], "b":2}'`);
    expect(onlyResult(await stage.call(first, [{ a: 1, b: 2 }]))).to.equal(1);
    const { args } = await stage.call(documents);
    expect(args).to.equal(
      '[[{"id":1,"10":"ten","9":"nine","data":"\\u0000Af8=","content":{"b": 1.0, "a":[1], "b":2}}]]',
    );
  });

  it('returns rows of a table without columns, and its columns once they are added', async () => {
    await stage.define(`CREATE TABLE bare (); INSERT INTO bare DEFAULT VALUES; GRANT SELECT ON bare TO :app;
      CREATE FUNCTION bare() RETURNS SETOF bare LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT * FROM bare; END $$`);
    const bare = await stage.endpoint('public.bare()');
    expect(onlyResult(await stage.call(bare))).to.deep.equal([{}]);
    await stage.define('ALTER TABLE bare ADD COLUMN a integer DEFAULT 1');
    expect(onlyResult(await stage.call(bare))).to.deep.equal([{ a: 1 }]);
  });

  it('answers with wamp.error.unavailable after the function was renamed', async () => {
    await stage.define('CREATE FUNCTION known(a integer) RETURNS integer LANGUAGE sql RETURN a');
    const endpoint = await stage.endpoint('public.known(integer)');
    await stage.define('ALTER FUNCTION known RENAME TO renamed');
    const error = await rejection<WampError>(stage.call(endpoint, [1]));
    expect(error).to.include({ error: 'wamp.error.unavailable' });
    expect(error.message).to.include('public.known(integer) does not exist');
  });

  it('accepts arguments that an earlier version of the function refused', async () => {
    const define = (parameters: string, result = 'integer') =>
      stage.define(`DROP FUNCTION IF EXISTS grown(integer, integer);
        CREATE FUNCTION grown(${parameters}) RETURNS ${result} LANGUAGE plpgsql AS $$ BEGIN RETURN a + b; END $$`);
    await define('a integer, b integer');
    const [endpoint, subscription] = [
      await stage.endpoint('public.grown(integer,integer)'),
      await stage.endpoint('public.grown(integer,integer)', { kind: 'subscription' }),
    ];
    const refusal = () => rejection<WampError>(stage.call(endpoint, [], { kwargs: { a: 1, c: 2 } }));
    expect(await refusal()).to.include({ error: 'wamp.error.invalid_argument' });
    await define('a integer, b integer DEFAULT 3');
    const { reads } = stage;
    expect(onlyResult(await stage.call(endpoint, [1]))).to.equal(4);
    const events = [{ args: [1], kwargs: {}, details: { publication: 1 } }];
    const handled = stage.first.handle({ endpoint: subscription, events, name: 'grown', number: 1 });
    expect(await handled).to.deep.equal({ handled: 1 });
    expect(stage.reads).to.equal(reads + 2);
    expect(await refusal()).to.include({ error: 'wamp.error.invalid_argument' });
    await define('a integer, c integer');
    expect((await refusal()).message).to.include('column "b" does not exist');
  });

  it('handles events by the current names of the parameters', async () => {
    const define = (names: string) =>
      stage.define(`CREATE TABLE IF NOT EXISTS sold (price integer, tax integer); GRANT ALL ON sold TO :app;
        CREATE FUNCTION sold(${names}) RETURNS void LANGUAGE sql AS $$ INSERT INTO sold VALUES (price, tax) $$`);
    await define('price integer, tax integer');
    const endpoint = await stage.endpoint('public.sold(integer,integer)', { kind: 'subscription' });
    await stage.define('DROP FUNCTION sold(integer, integer)');
    await define('tax integer, price integer');
    const events = [1, 2].map((publication) => ({
      args: [],
      kwargs: { price: 100, tax: 7 },
      details: { publication },
    }));
    expect(await stage.first.handle({ endpoint, events, name: 'changed', number: 1 })).to.deep.equal({ handled: 2 });
    const { rows } = await stage.sql.query('SELECT * FROM sold');
    expect(rows).to.deep.equal([
      { price: 100, tax: 7 },
      { price: 100, tax: 7 },
    ]);
  });
});

describe('Function executor: names in defaults and types', () => {
  it('resolves names like the function itself, after renames, without USAGE on a schema, and for any search_path', async () => {
    await using stage = await ExecutorStage.open(`
      CREATE SCHEMA hidden; CREATE SEQUENCE hidden.numbers; CREATE TYPE hidden.mood AS ENUM ('fine', 'bad');
      CREATE FUNCTION hidden.made() RETURNS text LANGUAGE sql RETURN 'made';
      GRANT ALL ON SEQUENCE hidden.numbers TO :app;
      CREATE SCHEMA before; GRANT USAGE ON SCHEMA before TO :app;
      CREATE FUNCTION before.now() RETURNS timestamptz LANGUAGE sql RETURN '2000-01-01Z'::timestamptz;
      CREATE FUNCTION before.plus(integer, integer) RETURNS integer LANGUAGE sql RETURN 0;
      CREATE OPERATOR before.+ (FUNCTION = before.plus, LEFTARG = integer, RIGHTARG = integer);
      CREATE FUNCTION defaults(m hidden.mood, n bigint DEFAULT nextval('hidden.numbers'), t text DEFAULT hidden.made(),
        h hidden.mood DEFAULT 'bad', y double precision DEFAULT extract(year FROM now()), s integer DEFAULT 1 + 1)
        RETURNS text[] LANGUAGE plpgsql AS $$ BEGIN RETURN ARRAY[m::text, n::text, t, h::text, (y > 2020)::text, s::text]; END $$;
      ALTER ROLE :app SET search_path = before, pg_catalog, public`);
    const endpoint = await stage.endpoint(
      'public.defaults(hidden.mood,bigint,text,hidden.mood,double precision,integer)',
    );
    const call = async () => onlyResult(await stage.call(endpoint, ['fine']));
    expect(await call()).to.deep.equal(['fine', '1', 'made', 'bad', 'true', '2']);
    await stage.define(`ALTER SEQUENCE hidden.numbers RENAME TO counted; ALTER FUNCTION hidden.made RENAME TO done;
      ALTER TYPE hidden.mood RENAME VALUE 'bad' TO 'worse'`);
    expect(await call()).to.deep.equal(['fine', '2', 'made', 'worse', 'true', '2']);
    await stage.define('ALTER SCHEMA hidden RENAME TO elsewhere');
    expect(await call()).to.deep.equal(['fine', '3', 'made', 'worse', 'true', '2']);
  });
});

describe('Function executor: OUT parameters of a procedure', () => {
  let stage: ExecutorStage;

  before(async () => {
    stage = await ExecutorStage.open(
      `CREATE SCHEMA shop; CREATE TABLE shop.item (id integer, sold date); GRANT USAGE ON SCHEMA shop TO :app;
       CREATE PROCEDURE day(INOUT d date) LANGUAGE plpgsql AS $$ BEGIN SET LOCAL DateStyle = 'SQL, DMY'; END $$;
       CREATE PROCEDURE kept(INOUT d date) LANGUAGE plpgsql AS $$ BEGIN SET DateStyle = 'SQL, DMY'; COMMIT; END $$;
       CREATE PROCEDURE moment(INOUT t timestamptz, INOUT r daterange, INOUT i interval) LANGUAGE plpgsql AS $$ BEGIN END $$;
       CREATE PROCEDURE relation(OUT r regclass) LANGUAGE plpgsql SET search_path = shop AS $$ BEGIN r := 'item'; END $$;
       CREATE PROCEDURE row_of(OUT r shop.item, OUT more shop.item[], OUT rights aclitem) LANGUAGE plpgsql AS $$
         BEGIN SET LOCAL DateStyle = 'SQL, DMY'; r := ROW(1, '2020-02-01'); more := ARRAY[r]; rights := '=r/postgres'; END $$;
       CREATE PROCEDURE wrong(OUT r xml) LANGUAGE plpgsql AS $$ BEGIN INSERT INTO shop.item VALUES (1); END $$;`,
      { pool: { size: 1 } },
    );
  });

  after(() => stage?.[Symbol.asyncDispose]());

  it('returns values in ISO form, or in the styles that the settings of the role choose', async () => {
    expect(await stage.value('public.day(date)', '2020-02-01')).to.equal('2020-02-01');
    expect(await stage.value('public.kept(date)', '2020-02-01')).to.equal('2020-02-01');
    await stage.define(`ALTER ROLE :app SET DateStyle = 'SQL, DMY'; ALTER ROLE :app SET TimeZone = 'Asia/Kolkata';
      ALTER ROLE :app SET IntervalStyle = sql_standard`);
    const given = ['2026-07-01T12:00:00Z', '[2020-02-01,2020-02-03)', '-1 days +2 hours'];
    const result = await stage.call(
      await stage.endpoint(
        'public.moment(timestamptz,daterange,interval)'.replace('timestamptz', 'timestamp with time zone'),
      ),
      given,
    );
    expect(onlyResult(result)).to.deep.equal({
      t: '2026-07-01T17:30:00+05:30',
      r: '[01/02/2020,03/02/2020)',
      i: '+0-0 -1 +2:00:00',
    });
  });

  it('returns values of any type', async () => {
    expect(await stage.value('public.relation()')).to.equal('shop.item');
    const item = { id: 1, sold: '2020-02-01' };
    expect(await stage.value('public.row_of()')).to.deep.equal({ r: item, more: [item], rights: '=r/postgres' });
  });
});
