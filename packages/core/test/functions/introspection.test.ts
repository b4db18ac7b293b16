import { expect } from 'chai';
import { readRoutines } from '../../src/functions/index.ts';
import { RoutineStage } from '../support/routine-stage.ts';

const definitions = `
  CREATE TYPE address AS (street text, number integer);
  CREATE TYPE customer AS (name text, addresses address[]);
  CREATE DOMAIN code AS varchar(5);
  CREATE FUNCTION search(who customer, codes code[], INOUT total numeric DEFAULT 0, VARIADIC rest bytea[] DEFAULT '{}', OUT found boolean)
    LANGUAGE sql AS $$ SELECT 0::numeric, true $$;
  CREATE FUNCTION area(box[], bpchar, json) RETURNS void LANGUAGE sql AS '';
  CREATE SCHEMA "A.b(""";
  CREATE TYPE "A.b(""".",)" AS ENUM ('a');
  CREATE FUNCTION "A.b(""".".f""("("A.b(""".",)") RETURNS integer LANGUAGE sql RETURN 1;
  CREATE FUNCTION "select"() RETURNS integer LANGUAGE sql RETURN 1;
`;

/** Removes the parts that differ between databases. */
function byName(described: unknown): unknown {
  const hidden = ['oid', 'relation', 'binary'];
  return JSON.parse(JSON.stringify(described, (key, value) => (hidden.includes(key) ? undefined : value)));
}

describe('Function introspection', () => {
  it('reads parameters, the result, and types at any depth', async () => {
    await using stage = await RoutineStage.open(definitions);
    const text = { kind: 'scalar', name: 'text' };
    const address = {
      kind: 'composite',
      name: 'public.address',
      attributes: [
        { name: 'street', type: text },
        { name: 'number', type: { kind: 'scalar', name: 'integer' } },
      ],
    };
    const list = (name: string, element: object, delimiter = ',') => ({
      kind: 'array',
      name: `${name}[]`,
      element,
      delimiter,
    });
    const addresses = { name: 'addresses', type: list('public.address', address) };
    const customer = {
      kind: 'composite',
      name: 'public.customer',
      attributes: [{ name: 'name', type: text }, addresses],
    };
    const bytea = { kind: 'bytea', name: 'bytea' };
    const search = await stage.routine('public.search(public.customer,public.code[],numeric,bytea[])');
    expect(byName(search)).to.deep.include({
      kind: 'function',
      form: 'arguments',
      name: 'public.search',
      parameters: [
        { name: 'who', mode: 'in', type: customer, optional: false },
        {
          name: 'codes',
          mode: 'in',
          type: list('public.code', { kind: 'scalar', name: 'public.code' }),
          optional: false,
        },
        { name: 'total', mode: 'inout', type: { kind: 'scalar', name: 'numeric' }, optional: true },
        { name: 'rest', mode: 'variadic', type: list('bytea', bytea), optional: true },
      ],
    });
    const columns = [
      { name: 'total', type: { kind: 'scalar', name: 'numeric' } },
      { name: 'found', type: { kind: 'scalar', name: 'boolean' } },
    ];
    expect(byName(search.result)).to.deep.equal({
      shape: 'value',
      type: { kind: 'composite', name: 'record', attributes: columns },
    });
    const area = await stage.routine('public.area(box[],character,json)');
    const box = list('box', { kind: 'scalar', name: 'box' }, ';');
    const types = [box, { kind: 'scalar', name: 'bpchar' }, { kind: 'json', name: 'json' }];
    expect(byName(area.parameters)).to.deep.equal(types.map((type) => ({ mode: 'in', type, optional: false })));
    expect(area.result).to.deep.equal({ shape: 'none' });
  });

  it('finds functions with any name, and those of pg_catalog', async () => {
    await using stage = await RoutineStage.open(definitions);
    expect(await stage.value('"A.b(""".".f""("("A.b(""".",)")', 'a')).to.equal(1);
    expect(await stage.value('public."select"()')).to.equal(1);
    expect(await stage.value('upper(text)', 'a')).to.equal('A');
  });

  it('reads a thousand functions in one query', async () => {
    await using stage = await RoutineStage.open();
    const names = Array.from({ length: 1000 }, (_, index) => `f${index}`);
    const define = (name: string) =>
      `CREATE FUNCTION ${name}(a integer, b text DEFAULT 'x') RETURNS text LANGUAGE sql RETURN b`;
    await stage.sql.query(names.map(define).join(';'));
    const found = await readRoutines(
      stage.connection,
      names.map((name) => `public.${name}(integer,text)`),
    );
    expect([...found.values()].filter((routine) => 'fingerprint' in routine)).to.have.length(1000);
    expect(await readRoutines(stage.connection, [])).to.have.property('size', 0);
  });

  it('reports why a function cannot be called', async () => {
    await using stage = await RoutineStage.open(`
      CREATE FUNCTION f(a text) RETURNS integer LANGUAGE sql RETURN 1;
      CREATE FUNCTION f(a text, b text) RETURNS integer LANGUAGE sql RETURN 1;
      CREATE SCHEMA other; CREATE FUNCTION other.f(a integer) RETURNS integer LANGUAGE sql RETURN 1;
      CREATE FUNCTION any_of(a anyelement) RETURNS text LANGUAGE sql AS $$ SELECT a::text $$;
      CREATE FUNCTION any_array(VARIADIC a anyarray) RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$;
      CREATE FUNCTION row_of(a record) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN ''; END $$;
      CREATE FUNCTION fires() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
      CREATE PROCEDURE hands_out(OUT r record) LANGUAGE plpgsql AS $$ BEGIN r := ROW(1); END $$;
      CREATE FUNCTION rows_of() RETURNS SETOF record LANGUAGE sql AS $$ SELECT 1, 2 $$;
      CREATE AGGREGATE summed(integer) (sfunc = int4pl, stype = integer)`);
    for (const [signature, problem] of [
      ['public.gone(integer)', 'public.gone(integer) does not exist'],
      ['public.f(integer)', 'public.f(integer) does not exist; there is public.f(text), public.f(text,text)'],
      ['public.f(gone_type)', 'public.f(gone_type) does not exist; there is public.f(text), public.f(text,text)'],
      ['-', '- does not exist'],
      ['', ' does not exist'],
      [
        'public.any_of(anyelement)',
        'public.any_of(anyelement) takes anyelement, for which a caller cannot pass a value',
      ],
      [
        'public.any_array(anyarray)',
        'public.any_array(anyarray) takes anyarray, for which a caller cannot pass a value',
      ],
      ['public.row_of(record)', 'public.row_of(record) takes record, for which a caller cannot pass a value'],
      ['public.rows_of()', 'public.rows_of() returns SETOF record, whose columns only SQL can name'],
      ['public.hands_out()', 'public.hands_out() gives record, which a procedure cannot return; use a function'],
      ['public.fires()', 'public.fires() returns trigger, which a caller cannot receive'],
      ['public.summed(integer)', 'public.summed(integer) is an aggregate, which cannot be called by itself'],
      ['row_number()', 'row_number() is a window function, which cannot be called by itself'],
      ['textin(cstring)', 'textin(cstring) takes cstring, for which a caller cannot pass a value'],
    ] as const) {
      expect(await stage.look(signature)).to.deep.equal({ problem });
    }
  });

  it('changes the fingerprint if something changes that a call depends on, and not otherwise', async () => {
    await using stage = await RoutineStage.open(`
      CREATE TYPE pair AS (a integer, b integer); CREATE SCHEMA other;
      CREATE FUNCTION f(p pair, q integer DEFAULT 1) RETURNS integer LANGUAGE sql RETURN 1`);
    let signature = 'public.f(public.pair,integer)';
    let last = (await stage.routine(signature)).fingerprint;
    const changes = async (statement: string) => {
      await stage.sql.query(statement);
      const found = await stage.look(signature);
      const { fingerprint } = 'fingerprint' in found ? found : { fingerprint: found.problem };
      const isOther = fingerprint !== last;
      last = fingerprint;
      return isOther;
    };
    expect(
      await changes('CREATE OR REPLACE FUNCTION f(p pair, q integer DEFAULT 1) RETURNS integer LANGUAGE sql RETURN 2'),
    ).to.equal(false);
    expect(
      await changes('CREATE OR REPLACE FUNCTION f(p pair, q integer DEFAULT 2) RETURNS integer LANGUAGE sql RETURN 2'),
    ).to.equal(false);
    expect(await changes('ALTER TYPE pair ADD ATTRIBUTE c text')).to.equal(true);
    expect(await changes('ALTER TYPE pair DROP ATTRIBUTE b')).to.equal(true);
    expect(await changes('ALTER TYPE pair RENAME ATTRIBUTE c TO d')).to.equal(true);
    expect(await changes('ANALYZE')).to.equal(false);
    expect(await changes('DROP FUNCTION f(pair, integer)')).to.equal(true);
    expect(await changes('CREATE FUNCTION f(p pair, r integer) RETURNS integer LANGUAGE sql RETURN 1')).to.equal(true);
    signature = 'public.f(other.pair,integer)';
    expect(await changes('ALTER TYPE pair SET SCHEMA other')).to.equal(true);
    expect(await changes('DROP TYPE other.pair CASCADE')).to.equal(true);
    expect(last).to.equal('public.f(other.pair,integer) does not exist');
  });
});
