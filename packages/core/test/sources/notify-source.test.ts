import { waitFor, withDeadline } from '@pgwamp/harness';
import { expect } from 'chai';
import { textMessage } from '../../src/pipeline/index.ts';
import { Notifications } from '../../src/postgres/index.ts';
import { NotifySource } from '../../src/sources/index.ts';
import { backendsOf, terminate } from '../support/backends.ts';
import { installedDatabase } from '../support/database.ts';
import { topicsOf } from '../support/messages.ts';
import { silent } from '../support/silent.ts';

/** Leaves out the number of the publication, which comes first. */
const withoutNumber: typeof textMessage = (id, channel, payload, size, isWhole) =>
  textMessage(id, channel, payload.replace(/^\d+\n/, ''), size, isWhole);

type Source = ConstructorParameters<typeof NotifySource>[0];

const notifySource = (notifications: Notifications, options: Partial<Source> = {}) =>
  new NotifySource({ notifications, channel: 'crossbar', parse: withoutNumber, dropped: () => undefined, ...options });

describe('NotifySource', () => {
  it('yields messages that are published after LISTEN', async () => {
    await using database = await installedDatabase('notify');
    await using client = await database.connect();
    await client.query(`SELECT crossbar.publish('com.example.before')`);
    await using notifications = new Notifications(database.crossbar, 'ear', silent);
    await using source = notifySource(notifications);
    await withDeadline(source.listening, 10_000, 'LISTEN');
    await client.query(`SELECT crossbar.publish('com.example.' || n, '[1.10]') FROM generate_series(1, 3) AS n`);
    await client.query(`NOTIFY crossbar, 'nonsense'`);
    const messages: string[] = [];
    for await (const batch of source.read(AbortSignal.timeout(10_000))) {
      messages.push(...topicsOf(batch.messages));
      expect(batch.confirm).to.equal(undefined);
      if (messages.length >= 4) break;
    }
    expect(messages).to.deep.equal(['1', '2', '3', 'nonsense']);
  });

  it('reports that messages may have been missed, and continues', async () => {
    await using database = await installedDatabase('notify');
    const losses: unknown[] = [];
    await using notifications = new Notifications(database.crossbar, 'ear', silent);
    await using source = notifySource(notifications, { interrupted: (error) => losses.push(error) });
    await withDeadline(source.listening, 10_000, 'LISTEN');
    const [ear = 0] = await backendsOf(database, 'ear');
    await terminate(database, ear);
    await waitFor(() => losses.length > 0, { what: 'the loss' });
    await using client = await database.connect();
    const heard: string[] = [];
    const stop = new AbortController();
    const reading = (async () => {
      for await (const { messages } of source.read(stop.signal)) heard.push(...topicsOf(messages));
    })();
    await waitFor(
      async () => {
        await client.query(`SELECT crossbar.publish('com.example.again')`);
        return heard.includes('again');
      },
      { what: 'a publication after the loss' },
    );
    stop.abort();
    await reading;
  });

  it('drops messages that arrive faster than they are read, and counts them', async () => {
    await using database = await installedDatabase('notify');
    let dropped = 0;
    await using notifications = new Notifications(database.crossbar, 'ear', silent);
    await using source = notifySource(notifications, {
      dropped: (count) => {
        dropped += count;
      },
    });
    await withDeadline(source.listening, 10_000, 'LISTEN');
    await using client = await database.connect();
    await client.query(`SELECT crossbar.publish('com.example.' || n) FROM generate_series(1, 100500) AS n`);
    await waitFor(() => dropped === 500, { what: 'the surplus to be dropped', deadline: 20_000 });
    const batches = source.read(new AbortController().signal);
    const { value } = await batches.next();
    expect(value?.messages).to.have.length(100_000);
    await batches.return(undefined);
  });
});
