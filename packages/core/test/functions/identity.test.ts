import type { WampError } from '@pgwamp/core';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { ExecutorStage, eventOf, onlyResult } from '../support/executor-stage.ts';

const definitions = `
  CREATE FUNCTION identity() RETURNS json LANGUAGE sql AS $$ SELECT json_build_array(current_setting('crossbar.procedure'),
    current_setting('crossbar.caller'), current_setting('crossbar.caller_authid'), current_setting('crossbar.caller_authrole')) $$;
  CREATE TABLE seen (n serial, who json);
  CREATE FUNCTION see(event jsonb) RETURNS void LANGUAGE sql AS $$ INSERT INTO seen (who) SELECT json_build_array(current_setting('crossbar.topic'),
    current_setting('crossbar.publication'), current_setting('crossbar.publisher'), current_setting('crossbar.publisher_authid'),
    current_setting('crossbar.publisher_authrole')) $$;
  GRANT ALL ON seen, seen_n_seq TO :app;
  CREATE TABLE note (owner text, body text);
  INSERT INTO note VALUES ('joe', 'of joe'), ('jane', 'of jane'), ('', 'of nobody');
  ALTER TABLE note ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own ON note USING (owner = current_setting('crossbar.caller_authid'));
  GRANT ALL ON note TO :app;
  CREATE FUNCTION notes() RETURNS SETOF text LANGUAGE sql AS 'SELECT body FROM note ORDER BY 1';
`;

describe('Function executor: identity settings', () => {
  let stage: ExecutorStage;

  before(async () => {
    stage = await ExecutorStage.open(definitions, { pool: { size: 1 } });
  });

  after(() => stage?.[Symbol.asyncDispose]());

  it('contain the procedure and the caller of the present call only', async () => {
    const identity = await stage.endpoint('public.identity()');
    const of = async (details: object) => onlyResult(await stage.call(identity, [], { details: { ...details } }));
    const joe = { caller: 9007199254740991, caller_authid: 'joe', caller_authrole: 'user' };
    expect(await of(joe)).to.deep.equal(['com.example.procedure', '9007199254740991', 'joe', 'user']);
    expect(await of({}), 'nothing is disclosed').to.deep.equal(['com.example.procedure', '', '', '']);
    expect(await of({ ...joe, procedure: 'com.example.wild.card' })).to.have.property('0', 'com.example.wild.card');
    const odd = { caller_authid: `'; DROP TABLE seen; --`, caller_authrole: 'ä€𝄞"\\' };
    expect(await of(odd)).to.deep.equal(['com.example.procedure', '', odd.caller_authid, odd.caller_authrole]);
    expect(await of({ caller_authid: { a: 1 }, caller: null })).to.deep.equal(['com.example.procedure', '', '', '']);
  });

  it('are empty after a failed call', async () => {
    await stage.define(`CREATE FUNCTION fail() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
      PERFORM set_config('crossbar.caller_authid', 'forged', false); RAISE 'no'; END $$`);
    const fail = await stage.endpoint('public.fail()');
    await rejection(stage.call(fail, [], { details: { caller_authid: 'joe' } }));
    expect(await stage.value('public.identity()')).to.deep.equal(['com.example.procedure', '', '', '']);
  });

  it('are empty if the caller is not disclosed, even after ALTER DATABASE has set them', async () => {
    await using other = await ExecutorStage.open(
      `${definitions} DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET crossbar.caller_authid TO forged', current_database()); END $$`,
      { pool: { size: 1 } },
    );
    const identity = await other.endpoint('public.identity()');
    for (const _call of [1, 2]) {
      expect(onlyResult(await other.call(identity, []))).to.deep.equal(['com.example.procedure', '', '', '']);
    }
  });

  it('refuse an authid with U+0000 or an unpaired surrogate', async () => {
    const identity = await stage.endpoint('public.identity()');
    for (const name of ['joe\0', 'joe\ud800', '\udc00']) {
      for (const details of [{ caller_authid: name }, { forward_for: [{ authid: name }] }]) {
        const error = await rejection<WampError>(stage.call(identity, [], { details }));
        expect(error.error).to.equal('wamp.error.not_authorized');
      }
    }
  });

  it('can be used in policies of row-level security', async () => {
    const notes = await stage.endpoint('public.notes()');
    const of = async (details: object) => onlyResult(await stage.call(notes, [], { details: { ...details } }));
    const bodies = await Promise.all([
      of({ caller_authid: 'joe' }),
      of({ caller_authid: 'jane' }),
      of({}),
      of({ caller_authid: 'joe' }),
    ]);
    expect(bodies).to.deep.equal([['of joe'], ['of jane'], ['of nobody'], ['of joe']]);
  });

  it('contain topic, publication and publisher of each event in a batch', async () => {
    const see = await stage.endpoint('public.see(jsonb)', { kind: 'subscription', uri: 'com.example.' });
    const joe = { publisher: 17, publisher_authid: 'joe', publisher_authrole: 'user', topic: 'com.example.a' };
    const events = [eventOf({}, 1, joe), eventOf({}, 2), eventOf({}, 9007199254740991, { publisher_authid: 'jane' })];
    await stage.handle(see, [], { events });
    const { rows } = await stage.sql.query('SELECT who FROM seen ORDER BY n');
    expect(rows.map(({ who }) => who)).to.deep.equal([
      ['com.example.a', '1', '17', 'joe', 'user'],
      ['com.example.', '2', '', '', ''],
      ['com.example.', '9007199254740991', '', 'jane', ''],
    ]);
  });

  it('are set for each event of a batch, with or without a queue group, when a repeated batch is not handled again', async () => {
    const see = await stage.endpoint('public.see(jsonb)', { kind: 'subscription', uri: 'com.example.many' });
    const publisher = (index: number) => ({ publisher: 1 + ((index >> 1) % 3), publisher_authid: `user ${index % 3}` });
    const events = Array.from({ length: 30 }, (_, index) => eventOf({}, index + 1, publisher(index)));
    const expected = events.map(({ details }) => [
      ...['com.example.many', String(details.publication), String(details.publisher)],
      ...[details.publisher_authid, ''],
    ]);
    for (const [index, options] of [{}, { queue_group: 'many' }].entries()) {
      await stage.sql.query('TRUNCATE seen');
      const batch = { events, name: `many ${index}`, number: 1 };
      for (const _ of ['once', 'again']) await stage.handle({ ...see, options }, [], batch);
      const { rows } = await stage.sql.query('SELECT who FROM seen ORDER BY n');
      expect(rows.map(({ who }) => who)).to.deep.equal(expected);
    }
  });

  it('do not keep a value that a handler has set: the batch fails, or they are set again for the next event', async () => {
    await stage.define(`CREATE FUNCTION forge(setting text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
      PERFORM see(NULL), set_config(setting, 'forged', true); END $$`);
    const forge = await stage.endpoint('public.forge(text)', { kind: 'subscription', uri: 'com.example.a' });
    const seen = async () => (await stage.sql.query('SELECT who FROM seen ORDER BY n')).rows.map(({ who }) => who);
    const joe = { publisher: 17, publisher_authid: 'joe', publisher_authrole: 'user' };
    for (const name of ['topic', 'publisher', 'publisher_authid', 'publisher_authrole']) {
      await stage.sql.query('TRUNCATE seen');
      for (const disclosed of [joe, {}]) {
        const events = [1, 2, 3].map((publication) => eventOf(`crossbar.${name}`, publication, disclosed));
        await rejection<WampError>(stage.handle(forge, [], { events }));
        expect(await seen(), 'the batch').to.deep.equal([]);
      }
      const other = { publisher: 18, publisher_authid: 'jane', publisher_authrole: 'clerk', topic: 'com.example.b' };
      const changing = [joe, joe, other, other, joe].map((who, index) => eventOf(`crossbar.${name}`, index + 1, who));
      for (const count of [3, 4, 5]) {
        await stage.handle(forge, [], { events: changing.slice(0, count) });
        const identities = changing.slice(0, count).map(({ details }, index) => {
          const { topic = 'com.example.a', publisher, publisher_authid, publisher_authrole } = details;
          return [topic, String(index + 1), String(publisher), publisher_authid, publisher_authrole];
        });
        expect(await seen(), 'where it is set for each event').to.deep.equal(identities);
        await stage.sql.query('TRUNCATE seen');
      }
      for (const publication of [1, 2]) {
        await stage.handle(forge, [], { events: [eventOf(`crossbar.${name}`, publication, joe)] });
      }
      const whose = ['17', 'joe', 'user'];
      expect(await seen()).to.deep.equal([
        ['com.example.a', '1', ...whose],
        ['com.example.a', '2', ...whose],
      ]);
    }
  });

  it('may be changed by a handler if they are set for each event anyway', async () => {
    await stage.sql.query('TRUNCATE seen');
    const forge = await stage.endpoint('public.forge(text)', { kind: 'subscription', uri: 'com.example.a' });
    const events = [1, 2, 3].map((publication) => eventOf('crossbar.publication', publication));
    expect(await stage.handle(forge, [], { events })).to.deep.equal({ handled: 3 });
    const { rows } = await stage.sql.query(`SELECT who->>1 AS publication FROM seen ORDER BY n`);
    expect(rows.map(({ publication }) => publication)).to.deep.equal(['1', '2', '3']);
  });
});
