import { waitFor } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { type LogStage, logStage } from '../support/log-stage.ts';

const secured = { 'public.notes': { rows: 'security' } } as const;

/** Notes that are seen by the claim `sub`. */
const notes = `CREATE TABLE notes (id int PRIMARY KEY, owner text, text text); ALTER TABLE notes REPLICA IDENTITY FULL;
  ALTER TABLE notes ENABLE ROW LEVEL SECURITY; GRANT SELECT ON notes TO $role1;
  CREATE POLICY own ON notes FOR SELECT TO $role1 USING (owner = current_setting('request.jwt.claims')::jsonb->>'sub')`;

function client({ roles }: LogStage, claims: object, role = roles[0]) {
  return { claims: { ...claims }, role, expires: undefined };
}

/** The data that a viewer receives: the operation, the id and the text. */
function brief(payloads: readonly Record<string, unknown>[]): unknown[] {
  return payloads.map(({ op, key, row }) => [op, (key as { id?: number }).id, (row as { text?: string })?.text]);
}

describe('Gateway: row-level security of table channels', () => {
  it('sends each identity its own rows, including rows that become visible or invisible', async () => {
    await using stage = await logStage(notes);
    const { tables, told } = await stage.open(secured);
    const [ann, bob] = ['ann', 'bob'].map((sub) => tables.share('table:public.notes', client(stage, { sub })));
    if (!ann || !bob) throw new Error('no share');
    expect(tables.share('table:public.notes', client(stage, { exp: 5, sub: 'ann', jti: 'x' }))).to.equal(ann);
    await tables.listen(ann);
    await tables.listen(bob);
    await stage.sql.query(`INSERT INTO notes VALUES (1, 'ann', 'one'), (2, 'bob', 'two'), (3, NULL, 'three')`);
    await stage.sql.query(`UPDATE notes SET text = 'secret' WHERE id = 1`);
    await stage.sql.query(`UPDATE notes SET owner = 'bob', text = 'given' WHERE id = 1`);
    await stage.sql.query(`DELETE FROM notes`);
    await stage.sql.query(`INSERT INTO notes VALUES (9, 'ann', 'end'), (9 + 1, 'bob', 'end')`);
    expect(brief(await told.payloads(ann, 4))).to.deep.equal([
      ['insert', 1, 'one'],
      ['update', 1, 'secret'],
      ['delete', 1, undefined],
      ['insert', 9, 'end'],
    ]);
    expect(brief(await told.payloads(bob, 5)).slice(0, 2)).to.deep.equal([
      ['insert', 2, 'two'],
      ['insert', 1, 'given'],
    ]);
    expect(brief(await told.payloads(bob, 5)).slice(2)).to.have.deep.members([
      ['delete', 1, undefined],
      ['delete', 2, undefined],
      ['insert', 10, 'end'],
    ]);
  });

  it('evaluates a row as it was at the change', async () => {
    await using stage = await logStage(notes);
    const { tables, told } = await stage.open(secured);
    const [ann, bob] = ['ann', 'bob'].map((sub) => tables.share('table:public.notes', client(stage, { sub })));
    await tables.listen(ann ?? '');
    await tables.listen(bob ?? '');
    await stage.sql.query(
      `BEGIN; INSERT INTO notes VALUES (1, 'ann', 'for ann'); UPDATE notes SET owner = 'bob', text = 'for bob'; DELETE FROM notes; COMMIT`,
    );
    expect(brief(await told.payloads(ann ?? '', 2))).to.deep.equal([
      ['insert', 1, 'for ann'],
      ['delete', 1, undefined],
    ]);
    expect(brief(await told.payloads(bob ?? '', 2))).to.deep.equal([
      ['insert', 1, 'for bob'],
      ['delete', 1, undefined],
    ]);
  });

  it('combines permissive and restrictive policies, inherited roles, quotes, subqueries and whole rows', async () => {
    await using stage =
      await logStage(`${notes}; CREATE TABLE "Members" (person text); GRANT SELECT ON "Members" TO $role1; INSERT INTO "Members" VALUES ('it''s "\\');
      CREATE FUNCTION is_public(row_ notes) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT row_.text = 'public' $$;
      CREATE POLICY member ON notes USING (EXISTS (SELECT FROM "Members" AS notes_1 WHERE person = notes.owner));
      CREATE POLICY whole ON notes FOR SELECT USING (is_public(notes));
      CREATE POLICY other ON notes FOR SELECT TO $role2 USING (true);
      CREATE POLICY write ON notes FOR UPDATE USING (true);
      CREATE POLICY never ON notes AS RESTRICTIVE FOR SELECT TO PUBLIC USING (id <> 13)`);
    const { tables, told } = await stage.open(secured);
    const share = tables.share('table:public.notes', client(stage, { sub: 'ann' }));
    await tables.listen(share);
    await stage.sql.query(`INSERT INTO notes VALUES (1, 'ann', 'a'), (2, 'it''s "\\', 'b'), (3, 'bob', 'c'), (4, 'bob', 'public'), (13, 'ann', 'd'),
      (5, 'ann', 'line' || chr(10) || ',")(' || chr(9) || '{}'), (6, 'ann', '')`);
    const payloads = await told.payloads(share, 5);
    expect(brief(payloads)).to.deep.equal([
      ['insert', 1, 'a'],
      ['insert', 2, 'b'],
      ['insert', 4, 'public'],
      ['insert', 5, 'line\n,")(\t{}'],
      ['insert', 6, ''],
    ]);
    const { rows } = await stage.sql
      .query(`SET ROLE ${stage.roles[0]}; SET request.jwt.claims = '{"sub": "ann"}'; SELECT id FROM notes ORDER BY id`)
      .then((results) => (results as unknown as { rows: { id: number }[] }[])[2] ?? { rows: [] });
    expect(payloads.map(({ key }) => (key as { id: number }).id)).to.deep.equal(rows.map(({ id }) => id));
  });

  it('sends only columns that the role may read', async () => {
    await using stage = await logStage(
      `${notes}; REVOKE SELECT ON notes FROM $role1; GRANT SELECT (id, owner) ON notes TO $role1`,
    );
    const { tables, told } = await stage.open(secured);
    const share = tables.share('table:public.notes', client(stage, { sub: 'ann' }));
    await tables.listen(share);
    await stage.sql.query(`INSERT INTO notes VALUES (1, 'ann', 'hidden')`);
    const [payload] = await told.payloads(share, 1);
    expect(payload?.row).to.deep.equal({ id: 1, owner: 'ann' });
  });

  it('passes claims as values, whatever they contain', async () => {
    await using stage = await logStage(notes);
    const { tables, told } = await stage.open(secured);
    const sub = `x' OR true; SET ROLE postgres; -- "\\ \u0000`;
    const share = tables.share('table:public.notes', client(stage, { sub }));
    await tables.listen(share);
    const well = tables.share('table:public.notes', client(stage, { sub: `x' OR true --` }));
    await tables.listen(well);
    await stage.sql.query(`INSERT INTO notes VALUES (1, 'ann', 'a'), (2, 'x'' OR true --', 'b')`);
    expect(brief(await told.payloads(well, 1))).to.deep.equal([['insert', 2, 'b']]);
    expect(told.messages(share)).to.deep.equal([]);
  });

  it('refuses a role that is missing, has no privileges, or that the gateway may not use', async () => {
    await using stage = await logStage(`${notes}; CREATE TABLE plain (id int PRIMARY KEY)`);
    const { tables } = await stage.open({ ...secured, 'public.plain': { rows: 'security' } });
    const refusal = async (role: string | undefined, table = 'notes') => {
      const share = () => tables.share(`table:public.${table}`, { ...client(stage, { sub: 'ann' }), role });
      return rejection(Promise.resolve().then(() => tables.listen(share())));
    };
    const roles = [undefined, 'postgres', 'no such role', `"; DROP TABLE notes; --`, '', stage.roles[1]];
    for (const role of roles) expect(await refusal(role), role).to.have.property('code', 'PGWAMP_CHANNEL_REFUSED');
    expect((await refusal(stage.roles[1])).message).to.match(/may not SELECT/);
    expect((await refusal(stage.roles[0], 'plain')).message).to.match(/may not SELECT/);
    expect((await stage.sql.query('SELECT FROM notes')).rowCount).to.equal(0);
  });

  it('refuses a table without REPLICA IDENTITY FULL', async () => {
    await using stage = await logStage(`${notes}; ALTER TABLE notes REPLICA IDENTITY DEFAULT`);
    const { tables } = await stage.open(secured);
    const share = tables.share('table:public.notes', client(stage, { sub: 'ann' }));
    expect((await rejection(tables.listen(share))).message).to.match(
      /run: ALTER TABLE public.notes REPLICA IDENTITY FULL/,
    );
  });

  it('sends a gap if a policy raises an error, and continues', async () => {
    await using stage = await logStage(
      `${notes}; CREATE POLICY raising ON notes FOR SELECT USING (1 / (id - 7) IS NULL)`,
    );
    const { tables, told } = await stage.open(secured);
    const share = tables.share('table:public.notes', client(stage, { sub: 'ann' }));
    await tables.listen(share);
    await stage.sql.query(`INSERT INTO notes VALUES (1, 'ann', 'a'), (7, 'bob', 'b'), (2, 'ann', 'c')`);
    expect(brief(await told.payloads(share, 2))).to.deep.equal([
      ['insert', 1, 'a'],
      ['insert', 2, 'c'],
    ]);
    expect(told.reasons(share)).to.deep.equal(['row level security cannot be evaluated: SQLSTATE 22012', 'over']);
  });

  it('follows changed privileges and policies', async () => {
    await using stage = await logStage(notes);
    const { tables, told } = await stage.open(secured);
    const share = tables.share('table:public.notes', client(stage, { sub: 'ann' }));
    await tables.listen(share);
    await stage.sql.query(`INSERT INTO notes VALUES (1, 'ann', 'a')`);
    await told.payloads(share, 1);
    await stage.sql.query(`CREATE POLICY all_ ON notes FOR SELECT USING (true)`);
    await stage.sql.query(`INSERT INTO notes VALUES (2, 'bob', 'b')`);
    await told.payloads(share, 2);
    await stage.sql.query(`DROP POLICY all_ ON notes`);
    await stage.sql.query(`INSERT INTO notes VALUES (3, 'bob', 'c'), (4, 'ann', 'd')`);
    await told.payloads(share, 3);
    await stage.sql.query(`REVOKE SELECT ON notes FROM ${stage.roles[0]}`);
    await stage.sql.query(`INSERT INTO notes VALUES (5, 'ann', 'e')`);
    await waitFor(() => told.reasons(share).length > 0, { what: 'the end of the channel' });
    expect(brief(await told.payloads(share, 3)).map((told) => (told as unknown[])[1])).to.deep.equal([1, 2, 4]);
    expect(told.reasons(share)[0]).to.match(/^ended: .*may not/);
  });

  it('sends all rows to a role without policies, with the columns that it may read', async () => {
    await using stage = await logStage(
      'CREATE TABLE notes (id int PRIMARY KEY, text text); GRANT SELECT ON notes TO $role1',
    );
    const { tables, told } = await stage.open(secured);
    const share = tables.share('table:public.notes', client(stage, {}));
    await tables.listen(share);
    await stage.sql.query(`INSERT INTO notes VALUES (1, 'a'); DELETE FROM notes`);
    expect(brief(await told.payloads(share, 2))).to.deep.equal([
      ['insert', 1, 'a'],
      ['delete', 1, undefined],
    ]);
  });

  it('leaves no settings in shared sessions', async () => {
    await using stage = await logStage(`${notes}; CREATE FUNCTION spoil() RETURNS boolean LANGUAGE sql VOLATILE AS
      $$ SELECT set_config('request.jwt.claims', '{"sub": "bob"}', false) IS NOT NULL AND set_config('row_security', 'off', false) IS NOT NULL $$;
      CREATE POLICY spoiled ON notes FOR SELECT USING (spoil() AND false)`);
    const { tables, told } = await stage.open(secured);
    const share = tables.share('table:public.notes', client(stage, { sub: 'ann' }));
    await tables.listen(share);
    for (const id of [1, 3, 5]) {
      await stage.sql.query(`INSERT INTO notes VALUES (${id}, 'ann', 'a')`);
      await told.payloads(share, (id + 1) / 2);
    }
    expect(told.messages(share)).to.have.length(3);
  });
});
