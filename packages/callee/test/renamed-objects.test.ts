import { waitFor } from '@pgwamp/harness';
import { type CalleeStage, openCalleeStage } from '@pgwamp/harness/fixtures/callee-stage';
import { rows } from '@pgwamp/harness/fixtures/sql-database';
import { expect } from 'chai';
import { answerTo, errorOf } from './support/outcome.ts';
import { createServerRoles } from './support/server-roles.ts';

/** Whose names a function needs that is called as `com.example.say`. */
const signature = 'kept.say(kept.mood,kept.amount)';

interface Owner {
  readonly owner: string;
  readonly renamed: string;
}

/** A renaming, and the resulting problem of the registration; no problem if it still works. */
interface Renaming {
  readonly title: string;
  readonly sql: (names: Owner) => string;
  readonly problem?: (names: Owner) => string;
}

const renamings: readonly Renaming[] = [
  {
    title: 'a type that is renamed',
    sql: () => 'ALTER TYPE kept.mood RENAME TO feeling',
    problem: () => `${signature} does not exist; there is kept.say(kept.feeling,kept.amount)`,
  },
  {
    title: 'a type that is moved to another schema',
    sql: () => 'ALTER TYPE kept.mood SET SCHEMA away',
    problem: () => `${signature} does not exist; there is kept.say(away.mood,kept.amount)`,
  },
  {
    title: 'a schema that is renamed',
    sql: () => 'ALTER SCHEMA kept RENAME TO moved',
    problem: () => `${signature} does not exist`,
  },
  {
    title: 'an owner that is renamed',
    sql: ({ owner, renamed }) => `ALTER ROLE ${owner} RENAME TO ${renamed}`,
    problem: ({ owner, renamed }) =>
      `${signature} belongs to role ${renamed}, and belonged to ${owner} when it was registered: register it again`,
  },
  {
    title: 'a constraint of a domain that is renamed',
    sql: () => 'ALTER DOMAIN kept.amount RENAME CONSTRAINT amount_check TO few',
  },
];

/** A function in `kept`, that belongs to a role of its own. */
function openStage(owner: string, user: string): Promise<CalleeStage> {
  return openCalleeStage(
    `CREATE SCHEMA kept AUTHORIZATION ${owner}; CREATE SCHEMA away AUTHORIZATION ${owner}; GRANT USAGE ON SCHEMA kept, away TO ${user};
     SET ROLE ${owner}; CREATE TYPE kept.mood AS ENUM ('fine', 'bad'); CREATE DOMAIN kept.amount AS integer CHECK (VALUE > 0);
     CREATE FUNCTION kept.say(m kept.mood, a kept.amount DEFAULT 1) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN m || ' ' || a; END $$;
     CREATE FUNCTION kept.give() RETURNS TABLE (m kept.mood, more kept.mood[]) LANGUAGE plpgsql AS $$
       BEGIN RETURN QUERY SELECT max(label), array_agg(label) FROM unnest(enum_range(NULL::kept.mood)) AS label; END $$;
     RESET ROLE; SELECT crossbar.register('com.example.say', '${signature}', '{"run_as": "${user}"}');
     SELECT crossbar.register('com.example.give', 'kept.give()', '{"run_as": "${user}"}')`,
  );
}

describe('a registered function', () => {
  for (const { title, sql: rename, problem } of renamings) {
    it(`is called as before, or reports the problem, with ${title}`, async () => {
      await using roles = await createServerRoles('owner', 'user');
      const { owner, user } = roles.names;
      const names = { owner, renamed: `${owner}_renamed` };
      await using stage = await openStage(owner, user);
      const { caller, sql } = stage;
      const say = () => caller.call('com.example.say', ['bad']);
      const state = () =>
        rows<{ state: string; error: string | null }>(
          sql,
          `SELECT state, error FROM crossbar.registrations WHERE uri = 'com.example.say'`,
        );
      expect(await answerTo(say())).to.deep.equal(['bad 1']);
      await sql.query(rename(names));
      try {
        // Prepared before, and called before the Callee has looked.
        expect(String(await answerTo(say()))).to.be.oneOf(['bad 1', 'wamp.error.unavailable']);
        if (problem) {
          await waitFor(async () => (await state())[0]?.state === 'unusable', { what: 'it to be unusable' });
          expect(await state()).to.deep.equal([{ state: 'unusable', error: problem(names) }]);
          expect(await errorOf(say())).to.deep.include({ error: 'wamp.error.unavailable', args: [problem(names)] });
        } else expect(await answerTo(say())).to.deep.equal(['bad 1']);
      } finally {
        if (title.includes('owner')) await sql.query(`ALTER ROLE ${names.renamed} RENAME TO ${owner}`);
      }
      if (!title.includes('owner')) return;
      await waitFor(async () => (await state())[0]?.state === 'registered', { what: 'it to be registered again' });
      expect(await answerTo(say())).to.deep.equal(['bad 1']);
    });
  }

  it('uses the current labels of an enum and the current checks of a domain', async () => {
    await using roles = await createServerRoles('owner', 'user');
    const { owner, user } = roles.names;
    await using stage = await openStage(owner, user);
    const { caller, sql } = stage;
    const say = (...args: unknown[]) => answerTo(caller.call('com.example.say', args));
    const give = () => answerTo(caller.call('com.example.give'));
    expect(await say('bad', 7)).to.deep.equal(['bad 7']);
    expect(await give()).to.deep.equal([[{ m: 'bad', more: ['fine', 'bad'] }]]);
    // Each of them in the very next call, whose statement is prepared.
    await sql.query(`ALTER TYPE kept.mood RENAME VALUE 'bad' TO 'worse'`);
    expect(await say('worse', 7)).to.deep.equal(['worse 7']);
    expect(await say('bad', 7)).to.equal('wamp.error.invalid_argument');
    expect(await give()).to.deep.equal([[{ m: 'worse', more: ['fine', 'worse'] }]]);
    await sql.query(`ALTER TYPE kept.mood ADD VALUE 'bad'`);
    expect(await say('bad', 7)).to.deep.equal(['bad 7']);
    await sql.query('ALTER DOMAIN kept.amount ADD CHECK (VALUE < 5)');
    expect(await say('bad', 7)).to.equal('wamp.error.invalid_argument');
    await sql.query('ALTER DOMAIN kept.amount DROP CONSTRAINT amount_check; ALTER DOMAIN kept.amount SET NOT NULL');
    expect(await say('bad', -7)).to.deep.equal(['bad -7']);
    expect(await say('bad', null)).to.equal('wamp.error.invalid_argument');
  });
});
