import { WampError } from '@pgwamp/core';
import { type Connection as Client, connect } from '@pgwamp/harness';
import { expect } from 'chai';
import fc from 'fast-check';
import { type FuzzedCall, fuzzedFunctions } from '../support/fuzzed-functions.ts';
import { RoutineStage } from '../support/routine-stage.ts';
import { typeDefinitions } from '../support/sql-values.ts';

const batches = 250;
/** Calls that are sent together, since waiting for each would take most of the time. */
const size = 20;

type Outcome = { readonly result: string } | { readonly error: Error };

describe('random arguments', () => {
  it(`of ${batches * size} calls give what SQL gives that is written by hand, for ${fuzzedFunctions.length} functions`, async () => {
    const definitions = fuzzedFunctions.map(({ definition }) => definition).join('\n');
    await using stage = await RoutineStage.open(typeDefinitions + definitions);
    await using sql = await connect({ ...stage.config, pipeline: true });
    const signatures = await signaturesOf(sql);
    const compare = async (call: FuzzedCall) => {
      const signature = signatures.get(call.name) ?? call.name;
      const [ours, theirs] = await Promise.all([outcome(byWamp(stage, signature, call)), outcome(bySql(sql, call))]);
      expectSame(ours, theirs, call);
    };
    const calls = fc.oneof(...fuzzedFunctions.map((each) => each.calls));
    const batch = fc.array(calls, { minLength: size, maxLength: size });
    const compareAll = async (all: readonly FuzzedCall[]) => void (await Promise.all(all.map(compare)));
    // What fails is shown with its seed, and as small as it can be made.
    await fc.assert(fc.asyncProperty(batch, compareAll), { numRuns: batches });
  });
});

async function signaturesOf(sql: Client): Promise<Map<string, string>> {
  await sql.query(`SET search_path = ''`);
  const { rows } = await sql.query<{ name: string; signature: string }>(
    `SELECT proname AS name, oid::regprocedure::text AS signature FROM pg_proc WHERE proname LIKE 'fuzz\\_%'`,
  );
  await sql.query('RESET search_path');
  return new Map(rows.map(({ name, signature }) => [name, signature]));
}

async function byWamp(stage: RoutineStage, signature: string, { given }: FuzzedCall): Promise<string> {
  return (await stage.call(signature, given)).args;
}

/** One statement without parameters, as psql sends it. */
async function bySql(client: Client, { sql, shape }: FuzzedCall): Promise<string> {
  const { rows } = await client.query<{ result: string | null }>(`SELECT to_json(${sql})::text AS result`);
  const texts = rows.map(({ result }) => result ?? 'null');
  return shape === 'rows' || shape === 'table' ? `[[${texts.join(',')}]]` : `[${texts.join(',')}]`;
}

function outcome(promise: Promise<string>): Promise<Outcome> {
  return promise.then(
    (result) => ({ result }),
    (error: Error) => ({ error }),
  );
}

function expectSame(ours: Outcome, theirs: Outcome, call: FuzzedCall): void {
  if ('error' in theirs || 'error' in ours) {
    expect(ours, `${call.sql}: ${JSON.stringify(theirs)}`)
      .to.have.property('error')
      .that.is.instanceOf(WampError);
    expect(theirs, `${call.sql}: ${'error' in ours && ours.error.message}`).to.have.property('error');
    const [own, other] = [ours, theirs].map((each) => ('error' in each ? each.error : undefined));
    expect(own, call.sql).to.include({ error: 'wamp.error.invalid_argument' });
    if (call.wrong === 1 && !call.misplaced) expect(own?.message, call.sql).to.include(other?.message);
  } else if (ours.result !== theirs.result) {
    expect(ours.result, call.sql).to.equal(withBase64(theirs.result));
  }
}

function withBase64(json: string): string {
  return json.replace(/"\\\\x((?:[0-9a-f]{2})*)"/g, (_, hex: string) => {
    return `"\\u0000${Buffer.from(hex, 'hex').toString('base64')}"`;
  });
}
