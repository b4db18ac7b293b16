import { waitFor, withDeadline } from '@pgwamp/harness';
import { expect } from 'chai';
import { pino } from 'pino';
import { elected, isElected } from '../../src/component/election.ts';
import { Waits } from '../../src/component/index.ts';
import { Connection } from '../../src/postgres/index.ts';
import { terminate } from '../support/backends.ts';
import { preparedDatabase } from '../support/database.ts';

/** A database, and candidates that are connected to it. */
async function electorate() {
  const database = await preparedDatabase();
  const candidate = () => Connection.open(database.crossbar, 'candidate');
  return { ...database, candidate };
}

const never = new AbortController().signal;
const waits = new Waits(pino({ enabled: false }));

function notStandby(): never {
  throw new Error('it stands by');
}

describe('Election', () => {
  it('elects one instance; another one is a standby and takes over when the session of the first one ends', async () => {
    await using database = await electorate();
    await using first = await database.candidate();
    await using second = await database.candidate();
    expect(await elected(first, 'publisher realm1', never, notStandby, waits)).to.equal(true);
    let standby = 0;
    let won: boolean | undefined;
    const candidacy = elected(
      second,
      'publisher realm1',
      never,
      () => {
        standby += 1;
      },
      waits,
    ).then((result) => (won = result));
    await waitFor(() => standby >= 2, { what: 'the second candidate to stand by' });
    expect(won).to.equal(undefined);
    await terminate(database, first.processId);
    expect(await withDeadline(candidacy, 20_000, 'the takeover')).to.equal(true);
  });

  it('cannot be blocked by other roles', async () => {
    await using database = await electorate();
    await using first = await database.candidate();
    await using outsider = await database.connect();
    await outsider.query('SELECT pg_advisory_lock(6000, 0)');
    expect(await elected(first, 'publisher realm1', never, notStandby, waits)).to.equal(true);
    const { rows } = await outsider.query(
      `SELECT has_table_privilege('pg_monitor', 'crossbar._election', 'SELECT, INSERT, UPDATE, DELETE') AS may`,
    );
    expect(rows).to.deep.equal([{ may: false }]);
    expect(await isElected(first, 'publisher realm1')).to.equal(true);
    expect(await isElected(first, 'publisher realm2')).to.equal(false);
  });

  it('elects one of many concurrent candidates', async () => {
    await using database = await electorate();
    await using stack = new AsyncDisposableStack();
    const stop = new AbortController();
    const candidates: Connection[] = [];
    for (let count = 0; count < 8; count += 1) candidates.push(stack.use(await database.candidate()));
    // One stands by again and again while others still look for the table.
    const standing = new Set<Connection>();
    const stand = (candidate: Connection) => () => {
      standing.add(candidate);
      if (standing.size === 7) stop.abort();
    };
    const won = await Promise.all(
      candidates.map((candidate) => elected(candidate, 'one', stop.signal, stand(candidate), waits)),
    );
    expect(won.filter(Boolean)).to.have.length(1);
  });

  it('is separate for each lock and each database', async () => {
    await using database = await electorate();
    await using other = await electorate();
    await using first = await database.candidate();
    await using second = await database.candidate();
    await using elsewhere = await other.candidate();
    expect(await elected(first, 'publisher realm1', never, notStandby, waits)).to.equal(true);
    expect(await elected(second, 'publisher realm2', never, notStandby, waits)).to.equal(true);
    expect(await elected(elsewhere, 'publisher realm1', never, notStandby, waits)).to.equal(true);
  });

  it('is abandoned by a candidate on stop', async () => {
    await using database = await electorate();
    await using first = await database.candidate();
    await using second = await database.candidate();
    await elected(first, 'lock', never, notStandby, waits);
    const stop = new AbortController();
    const candidacy = elected(second, 'lock', stop.signal, () => stop.abort(), waits);
    expect(await withDeadline(candidacy, 20_000, 'the candidate to leave')).to.equal(false);
    expect(await elected(second, 'lock', AbortSignal.abort(), notStandby, waits)).to.equal(false);
  });
});
