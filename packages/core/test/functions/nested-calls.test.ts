import { withDeadline } from '@pgwamp/harness';
import { expect } from 'chai';
import type { Endpoint } from '../../src/functions/index.ts';
import { stringify } from '../../src/json.ts';
import { ExecutorStage, onlyResult } from '../support/executor-stage.ts';

const definitions = `
  CREATE FUNCTION outer_one() RETURNS SETOF integer LANGUAGE sql AS 'SELECT generate_series(1, 2)';
  CREATE FUNCTION inner_one() RETURNS json LANGUAGE sql AS $$ SELECT nullif(current_setting('crossbar.forward_for'), '')::json $$;
`;

/** Calls an endpoint whose rows make more calls while PostgreSQL waits with the next one: as `crossbar.call` keeps its backend. */
function callWithin(stage: ExecutorStage, outer: Endpoint, within: () => Promise<unknown>): Promise<unknown> {
  return stage.call(outer, [], { progress: async () => void (await within()) });
}

describe('Function executor: nested calls', () => {
  let stage: ExecutorStage;

  before(async () => {
    stage = await ExecutorStage.open(definitions, { pool: { size: 2 } });
  });

  after(() => stage?.[Symbol.asyncDispose]());

  it('run in sessions of their own if all others wait for them', async () => {
    const outer = await stage.endpoint('public.outer_one()');
    const inner = await stage.endpoint('public.inner_one()');
    const details = { forward_for: [{ authid: 'crossbar', authrole: stage.app }] };
    const calls = Array.from({ length: 8 }, () => callWithin(stage, outer, () => stage.call(inner, [], { details })));
    await withDeadline(Promise.all(calls), 10_000, 'all calls to end');
    expect(stage.first.stats).to.include({ waiting: 0 }).and.have.property('size').that.is.at.most(4);
  });

  it('receive forward_for, and leave out what is malformed', async () => {
    const inner = await stage.endpoint('public.inner_one()');
    const of = async (forward_for: unknown) => onlyResult(await stage.call(inner, [], { details: { forward_for } }));
    const hops = [{ session: 9007199254740991, authid: 'joe', authrole: 'user' }, { authid: `'"\\ä𝄞` }, {}];
    expect(stringify(await of(hops))).to.equal(stringify(hops));
    expect(await of([{ authid: 1, session: 'x', more: true }, 'joe'])).to.deep.equal([{}, {}]);
    for (const nobody of [undefined, [], 'joe', { authid: 'joe' }]) expect(await of(nobody)).to.equal(null);
  });
});
