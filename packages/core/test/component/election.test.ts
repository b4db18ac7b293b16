import { sharedPostgres, waitFor, withDeadline } from '@pgwamp/harness';
import { expect } from 'chai';
import { elected } from '../../src/component/index.ts';
import { Connection } from '../../src/postgres/index.ts';
import { terminate } from '../support/backends.ts';
import { databaseConfiguration } from '../support/database.ts';

/** A database, and candidates that are connected to it. */
async function electorate() {
  const database = await (await sharedPostgres()).createDatabase();
  const candidate = () => Connection.open(databaseConfiguration(database.config), 'candidate');
  return { ...database, candidate };
}

const never = new AbortController().signal;

function notStandby(): never {
  throw new Error('it stands by');
}

describe('an election', () => {
  it('is won by one; the other one stands by and takes over when the session of the first one dies', async () => {
    await using database = await electorate();
    await using first = await database.candidate();
    await using second = await database.candidate();
    expect(await elected(first, 'publisher realm1', never, notStandby)).to.equal(true);
    let standby = 0;
    let won: boolean | undefined;
    const candidacy = elected(second, 'publisher realm1', never, () => {
      standby += 1;
    }).then((result) => (won = result));
    await waitFor(() => standby >= 2, { what: 'the second candidate to stand by' });
    expect(won).to.equal(undefined);
    await terminate(database, first.processId);
    expect(await withDeadline(candidacy, 2000, 'the takeover')).to.equal(true);
  });

  it('is for one lock, and in one database', async () => {
    await using database = await electorate();
    await using other = await electorate();
    await using first = await database.candidate();
    await using second = await database.candidate();
    await using elsewhere = await other.candidate();
    expect(await elected(first, 'publisher realm1', never, notStandby)).to.equal(true);
    expect(await elected(second, 'publisher realm2', never, notStandby)).to.equal(true);
    expect(await elected(elsewhere, 'publisher realm1', never, notStandby)).to.equal(true);
  });

  it('is left by a candidate that is told to stop', async () => {
    await using database = await electorate();
    await using first = await database.candidate();
    await using second = await database.candidate();
    await elected(first, 'lock', never, notStandby);
    const stop = new AbortController();
    const candidacy = elected(second, 'lock', stop.signal, () => stop.abort());
    expect(await withDeadline(candidacy, 2000, 'the candidate to leave')).to.equal(false);
    expect(await elected(second, 'lock', AbortSignal.abort(), notStandby)).to.equal(false);
  });
});
