import { barriersOf, isTooWide, waitFor } from '@pgwamp/harness';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { agree, openConsole, reads, show } from '../support/console-page.ts';

/** A console on the procedures, and a role for functions. */
async function openProcedures() {
  await using stack = new AsyncDisposableStack();
  const place = stack.use(await openConsole({ writes: true }));
  const roles = stack.use(await createRoles(place.sql, 1));
  const [role = ''] = roles.names;
  await place.sql.query(`GRANT ${role} TO crossbar`);
  const register = async (name: string, signature: string, create: string) => {
    await place.sql.query(create);
    await place.sql.query(`SELECT crossbar.register('com.example.${name}', $1, '{"run_as": "${role}"}')`, [signature]);
    await show(place.page, place.node, 'procedures');
    await place.page
      .getByTestId('procedures')
      .getByRole('row')
      .filter({ hasText: new RegExp(`com\\.example\\.${name}registered`) })
      .waitFor();
    await place.page.getByRole('button', { name: `com.example.${name}` }).click();
  };
  const kept = stack.move();
  return { ...place, register, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

const parameter = (page: Page, name: string) => page.locator(`#call-parameters [name="${name}"]`);

/** The box of an argument: NULL, or the one that leaves it out. */
const box = (page: Page, name: string, word: string) =>
  page
    .locator('#call-parameters .field')
    .filter({ has: page.locator(`[name="${name}"]`) })
    .locator(`[data-word="${word}"]`);

/** Checks the box that makes an argument NULL. */
const setNull = (page: Page, name: string) => box(page, name, 'NULL').check();

/** The JSON of the last result. */
async function resultOf(page: Page): Promise<unknown> {
  await reads(page, 'call-result', 'Answered after');
  return JSON.parse((await page.getByTestId('call-result').last().locator('code').textContent()) ?? '');
}

const everything = `
  CREATE TYPE mood AS ENUM ('sad', 'it''s "fine"');
  CREATE TYPE home AS (street text, number int);
  CREATE DOMAIN share AS numeric NOT NULL CHECK (VALUE BETWEEN 0 AND 100);
  CREATE FUNCTION everything(note text, "to, be" text, home home, prices numeric[], share share, feeling mood, day date, active boolean,
      extra jsonb, label text DEFAULT 'it''s, (a) DEFAULT', numbers int[] DEFAULT ARRAY[1, 2], OUT result jsonb) LANGUAGE sql
    AS $$SELECT jsonb_build_array(note, "to, be", home, prices, share, feeling, day, active, extra, label, numbers)$$;
  COMMENT ON FUNCTION everything IS 'Returns what it gets.'`;
const signature = 'everything(text, text, home, numeric[], share, mood, date, boolean, jsonb, text, int[])';

describe('Console: call form', () => {
  it('has a field for each parameter: composites, arrays, enums, domains, dates, defaults and NULL', async () => {
    await using place = await openProcedures();
    const { page, problems } = place;
    await place.register('everything', signature, everything);
    expect(await page.locator('#call-signature').textContent()).to.include('Returns what it gets.');
    expect(await barriersOf(page)).to.deep.equal([]);
    await parameter(page, 'note').fill('null');
    await parameter(page, 'to, be').fill('"5');
    await parameter(page, 'home').fill('{"street": "O\'Connell", "number": 7}');
    await parameter(page, 'prices').fill('[1.10, 9007199254740993]');
    await parameter(page, 'share').fill('12.50');
    await parameter(page, 'feeling').selectOption('it\'s "fine"');
    await parameter(page, 'day').fill('2026-07-01');
    await parameter(page, 'active').selectOption('true');
    await parameter(page, 'extra').fill('{"a": [null]}');
    // A domain that is NOT NULL takes none.
    expect(await box(page, 'share', 'NULL').count()).to.equal(0);
    await page.locator('#call-button').click();
    await agree(page);
    await reads(page, 'call-result', 'Answered after');
    const [home, feeling] = [{ street: "O'Connell", number: 7 }, 'it\'s "fine"'];
    const standard = ["it's, (a) DEFAULT", [1, 2]];
    const text = (await page.getByTestId('call-result').locator('code').textContent()) ?? '';
    // With all their digits.
    expect(text).to.include('[1.10, 9007199254740993]').and.to.include('12.50');
    const rounded = [1.1, Number('9007199254740993')];
    expect(JSON.parse(text)).to.deep.equal(
      ['null', '"5', home, rounded, 12.5, feeling, '2026-07-01', true, { a: [null] }].concat(standard as []),
    );
    for (const name of ['note', 'home', 'prices', 'feeling', 'day', 'active', 'extra', 'label']) {
      await setNull(page, name);
    }
    await page.locator('#call-button').click();
    await agree(page);
    await waitFor(async () => JSON.stringify(await resultOf(page)).startsWith('[null,"\\"5",null'), { what: 'NULLs' });
    expect(await resultOf(page)).to.deep.equal([null, '"5', null, null, 12.5, null, null, null, null, null, [1, 2]]);
    expect(problems).to.deep.equal([]);
  });

  it('reports a missing or wrong value at its field', async () => {
    await using place = await openProcedures();
    const { page } = place;
    await place.register('everything', signature, everything);
    await setNull(page, 'home');
    await page.locator('#call-button').click();
    await reads(page, 'call-error', 'prices is missing: write a value or check NULL.');
    expect(await page.evaluate('document.activeElement.name')).to.equal('prices');
    await parameter(page, 'prices').fill('{1, 2.50}');
    await page.keyboard.press('Enter');
    await reads(page, 'call-error', 'share is missing: write a value.');
    await parameter(page, 'share').fill('101');
    for (const name of ['feeling', 'day', 'active']) await setNull(page, name);
    await parameter(page, 'extra').fill('{"a": 1');
    await page.keyboard.press('Enter');
    await reads(page, 'call-error', 'extra is no JSON');
    await setNull(page, 'extra');
    await page.locator('#call-button').click();
    await agree(page);
    await reads(page, 'call-error', 'share');
    await parameter(page, 'share').fill('100');
    await page.keyboard.press('Enter');
    await agree(page);
    // An array may be written as PostgreSQL does.
    expect(await resultOf(page)).to.have.deep.property('3', [1, 2.5]);
  });

  it('distinguishes the empty text, NULL and the default, and the empty array from no argument', async () => {
    await using place = await openProcedures();
    const { page, problems } = place;
    await place.register(
      'texts',
      'texts(text, document, flag, text[])',
      `CREATE DOMAIN short AS text; CREATE DOMAIN label AS short;
       CREATE DOMAIN json_text AS jsonb; CREATE DOMAIN document AS json_text;
       CREATE TYPE flag AS ENUM ('', 'on');
       CREATE FUNCTION texts(title text DEFAULT 'none', body document DEFAULT '{"a": 1}', state flag DEFAULT 'on', tags text[] DEFAULT '{x}',
         OUT result jsonb) LANGUAGE sql AS $$SELECT jsonb_build_array(title, body, state, tags)$$`,
    );
    const call = async () => {
      await page.locator('#call-button').click();
      await agree(page);
      return resultOf(page);
    };
    expect(await call()).to.deep.equal(['none', { a: 1 }, 'on', ['x']]);
    await box(page, 'title', 'default').uncheck();
    await parameter(page, 'body').fill('[]');
    await parameter(page, 'state').selectOption({ label: '(empty)' });
    await parameter(page, 'tags').fill('[]');
    expect(await box(page, 'tags', 'default').isChecked()).to.equal(false);
    await waitFor(async () => JSON.stringify(await call()) === '["",[],"",[]]', { what: 'the empty values' });
    await parameter(page, 'title').fill('  ');
    await parameter(page, 'body').fill('"text"');
    await waitFor(async () => JSON.stringify(await call()) === '["  ","text","",[]]', { what: 'a blank text' });
    await setNull(page, 'title');
    expect(await parameter(page, 'title').isDisabled()).to.equal(true);
    await box(page, 'body', 'default').check();
    expect(await parameter(page, 'body').inputValue()).to.equal('');
    await waitFor(async () => JSON.stringify(await call()) === '[null,{"a":1},"",[]]', {
      what: 'NULL and the default',
    });
    await box(page, 'body', 'default').uncheck();
    await page.locator('#call-button').click();
    await reads(page, 'call-error', 'body is missing: write a value or check NULL or check default.');
    expect(await barriersOf(page)).to.deep.equal([]);
    expect(problems).to.deep.equal([]);
  });

  it('takes texts and JSON of several lines: Shift+Enter and a pasted text add them, and Enter calls', async () => {
    await using place = await openProcedures();
    const { page } = place;
    const create = `CREATE FUNCTION lines(text text, body jsonb) RETURNS jsonb LANGUAGE sql AS 'SELECT jsonb_build_array(text, body)'`;
    await place.register('lines', 'lines(text, jsonb)', create);
    await parameter(page, 'text').pressSequentially('first');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('second');
    await parameter(page, 'body').fill('{\n  "a": 1\n}');
    await page.keyboard.press('Enter');
    await agree(page);
    expect(await resultOf(page)).to.deep.equal(['first\nsecond', { a: 1 }]);
    expect(await isTooWide(page)).to.equal(false);
  });

  it('takes ranges, bytes, times, networks, variadic arguments and INOUT parameters, each written as PostgreSQL does', async () => {
    await using place = await openProcedures();
    const { page, problems } = place;
    await place.register(
      'others',
      'others(int4range, bytea, timestamptz, interval, uuid, inet, int, int[])',
      `CREATE FUNCTION others(span int4range, raw bytea, at timestamptz, pause interval, key uuid, net inet, INOUT number int,
         OUT result jsonb, VARIADIC rest int[] DEFAULT '{}') LANGUAGE sql AS $$
         SELECT number + 1, jsonb_build_array(span, raw, at AT TIME ZONE 'UTC', pause, key, net, rest)$$`,
    );
    for (const [name, value] of [
      ['span', '[1,5)'],
      ['raw', '\\x00ff'],
      ['at', '2026-07-01 12:00:00+02'],
      ['pause', '1 day 02:00'],
      ['key', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'],
      ['net', '::1'],
      ['number', '41'],
    ] as const) {
      await parameter(page, name).fill(value);
    }
    const call = async () => {
      await page.locator('#call-button').click();
      await agree(page);
      return resultOf(page);
    };
    const [key, at] = ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '2026-07-01T10:00:00'];
    const wanted = ['[1,5)', '\\x00ff', at, '1 day 02:00:00', key, '::1'];
    expect(await call()).to.deep.equal({ number: 42, result: [...wanted, []] });
    await parameter(page, 'rest').fill('[7, 8]');
    await waitFor(
      async () => JSON.stringify(await call()) === JSON.stringify({ number: 42, result: [...wanted, [7, 8]] }),
      {
        what: 'the variadic arguments',
      },
    );
    expect(problems).to.deep.equal([]);
  });

  it('distinguishes overloaded functions, and has fields for 100 parameters', async () => {
    await using place = await openProcedures();
    const { page } = place;
    await place.register(
      'of_int',
      'twice(int)',
      `CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT 2 * n'`,
    );
    await place.register(
      'of_text',
      'twice(text)',
      `CREATE FUNCTION twice(n text) RETURNS text LANGUAGE sql AS 'SELECT n || n'`,
    );
    const call = async () => {
      await page.locator('#call-button').click();
      await agree(page);
      return resultOf(page);
    };
    await parameter(page, 'n').fill('21');
    expect(await call()).to.equal('2121');
    await page.getByRole('button', { name: 'com.example.of_int' }).click();
    await parameter(page, 'n').fill('21');
    await waitFor(async () => (await call()) === 42, { what: 'the other function' });
    const names = Array.from({ length: 100 }, (_, index) => `p${index}`);
    await place.register(
      'many',
      `many(${names.map(() => 'int').join(', ')})`,
      `CREATE FUNCTION many(${names.map((name) => `${name} int DEFAULT 0`).join(', ')}) RETURNS int LANGUAGE sql AS 'SELECT ${names.join(' + ')}'`,
    );
    expect(await page.locator('#call-parameters textarea').count()).to.equal(100);
    await parameter(page, 'p0').fill('1');
    await parameter(page, 'p99').fill('2');
    await waitFor(async () => (await call()) === 3, { what: 'the sum' });
  });

  it('fits on a small screen, with names of 63 bytes', async () => {
    await using place = await openProcedures();
    const { page } = place;
    const long = 'a_name_of_sixty_three_bytes_which_postgresql_does_not_cut_off__';
    await place.register(
      'long',
      `${long}(text)`,
      `CREATE FUNCTION ${long}(${long} text DEFAULT '${long}') RETURNS text LANGUAGE sql AS 'SELECT NULL'`,
    );
    await page.setViewportSize({ width: 360, height: 740 });
    await parameter(page, long).fill('x');
    expect(await isTooWide(page)).to.equal(false);
    await page.setViewportSize({ width: 640, height: 400 });
    expect(await isTooWide(page)).to.equal(false);
  });

  it('finds the parameters of a typed procedure, and accepts JSON for an unknown one', async () => {
    await using place = await openProcedures();
    const { page } = place;
    await place.register(
      'double',
      'double(int)',
      `CREATE FUNCTION double(n int) RETURNS int LANGUAGE sql AS 'SELECT 2 * n'`,
    );
    await page.locator('#call-procedure').fill('com.example.nobody');
    expect(await page.locator('#call-parameters').isVisible()).to.equal(false);
    await page.locator('#call-button').click();
    await agree(page);
    await reads(page, 'call-error', 'wamp.error.no_such_procedure');
    await page.locator('#call-procedure').fill('com.example.double');
    await parameter(page, 'n').fill('21');
    await page.keyboard.press('Enter');
    await agree(page);
    expect(await resultOf(page)).to.equal(42);
  });

  it('accepts JSON for a function in the raw form', async () => {
    await using place = await openProcedures();
    const { page } = place;
    const create = `CREATE FUNCTION echo(args jsonb, kwargs jsonb, details jsonb) RETURNS jsonb LANGUAGE sql AS 'SELECT kwargs || args'`;
    await place.register('echo', 'echo(jsonb, jsonb, jsonb)', create);
    await page.locator('#call-args').fill('[1]');
    await page.locator('#call-kwargs').fill('{"a": 2}');
    await page.keyboard.press('Enter');
    await agree(page);
    expect(await resultOf(page)).to.deep.equal([{ a: 2 }, 1]);
  });

  it('shows progressive results as they arrive', async () => {
    await using place = await openProcedures();
    const { page, sql } = place;
    // Before the last row it waits for the test.
    const create = `CREATE FUNCTION count_on(rows int) RETURNS SETOF int LANGUAGE sql AS $$
      SELECT n FROM generate_series(1, rows) AS n
      WHERE CASE WHEN n = rows THEN pg_advisory_xact_lock_shared(16)::text = '' ELSE true END $$`;
    await place.register('count_on', 'count_on(int)', create);
    await sql.query('SELECT pg_advisory_lock(16)');
    await parameter(page, 'rows').fill('2000');
    await page.keyboard.press('Enter');
    await agree(page);
    await reads(page, 'call-result', '50');
    expect(await page.locator('#call-cancel').isVisible()).to.equal(true);
    await sql.query('SELECT pg_advisory_unlock(16)');
    await reads(page, 'call-result', 'Answered after');
    const texts = await page.getByTestId('call-result').locator('code').allTextContents();
    // A stream may have any number of rows: the last ones are kept.
    expect(texts).to.have.length(100);
    expect(texts.slice(-3)).to.deep.equal(['1999', '2000', '']);
  });

  it('cancels a call in the database, and starts no second call meanwhile', async () => {
    await using place = await openProcedures();
    const { page, sql } = place;
    await place.register(
      'sleep_on',
      'sleep_on()',
      `CREATE FUNCTION sleep_on() RETURNS void LANGUAGE sql AS 'SELECT pg_sleep(600)'`,
    );
    const sleeping = async () =>
      (await sql.query(`SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`))
        .rowCount;
    await page.locator('#call-button').click();
    await agree(page);
    await waitFor(async () => (await sleeping()) === 1, { what: 'the function to run' });
    await page.locator('#call-button').press('Enter');
    expect(await page.locator('#call-button').getAttribute('aria-disabled')).to.equal('true');
    await page.locator('#call-cancel').focus();
    await page.keyboard.press('Enter');
    await reads(page, 'call-error', 'Canceled after');
    await waitFor(async () => (await sleeping()) === 0, { what: 'the function to end' });
    expect(await page.evaluate('document.activeElement.id')).to.equal('call-button');
  });
});
