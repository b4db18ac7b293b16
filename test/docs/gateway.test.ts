import { createRequire } from 'node:module';
import { parseConfiguration } from '@pgwamp/config';
import { eventservGateway, Gateway, type GatewayOptions, gatewayConfiguration } from '@pgwamp/gateway';
import { sharedPostgres, type TestDatabase, waitFor, withDeadline } from '@pgwamp/harness';
import { expect } from 'chai';
import { pino } from 'pino';
import { document } from './support/documents.ts';

/** The YAML reader belongs to the command. */
const { parse } = createRequire(import.meta.resolve('pgwamp'))('yaml') as { parse(text: string): unknown };

const environment = { DATABASE_URL: 'postgres://127.0.0.1/mydb', JWT_SECRET: '0123456789abcdef0123456789abcdef' };

describe('Configurations of docs/gateway.md', () => {
  const blocks = document('docs/gateway.md').blocks.filter(
    ({ language, fragment }) => language === 'yaml' && !fragment,
  );

  for (const { place, code } of blocks) {
    it(`${place} is valid for a Gateway`, () => {
      const { extra } = parseConfiguration(gatewayConfiguration, parse(code), environment);
      expect(extra.database).to.include({ uri: environment.DATABASE_URL });
    });
  }

  it('are found', () => expect(blocks).to.have.length.greaterThan(3));
});

/** The first message of a plain WebSocket of a channel when the SQL of a page runs. */
async function firstMessage(database: TestDatabase, path: string, channel: string, statements: string[]) {
  const { config } = database;
  const endpoint = { type: 'tcp', interface: '127.0.0.1', port: 0 } as const;
  const options = { extra: { database: config, endpoint, path } } as unknown as GatewayOptions;
  await using gateway = new Gateway(options, { log: pino({ level: 'silent' }) });
  await gateway.start();
  const { server } = gateway.status();
  const port = server && 'port' in server ? server.port : 0;
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path.replace('{channel}', channel)}`);
  const messages: string[] = [];
  socket.onmessage = ({ data }) => messages.push(data);
  const open = new Promise((resolve) => {
    socket.onopen = resolve;
  });
  await withDeadline(open, 10_000, 'the WebSocket to open');
  await using sql = await database.connect();
  for (const statement of statements) await sql.query(statement);
  await waitFor(() => messages.length > 0, { what: 'a message' });
  socket.close();
  return JSON.parse(messages[0] ?? '') as Record<string, unknown>;
}

const pages = [
  { page: 'docs/coming-from-pg_eventserv.md', path: '/listen/{channel}', channel: 'people' },
  { page: 'docs/coming-from-postgresql2websocket.md', path: '/{channel}', channel: 'postgresql2websocket' },
];

for (const { page, path, channel } of pages) {
  describe(page, () => {
    const own = document(page).blocks.filter(({ heading }) => heading === 'The example of its README');

    it('contains an example with the right message', async () => {
      await using database = await (await sharedPostgres()).createDatabase();
      const statements = own.filter(({ language }) => language === 'sql').map(({ code }) => code);
      const [shown] = own.filter(({ language }) => language === 'json').map(({ code }) => JSON.parse(code));
      const { ts: _, ...received } = await firstMessage(database, path, channel, statements);
      const { ts: __, ...expected } = shown;
      expect(received).to.deep.equal(expected);
    });
  });
}

describe('docs/coming-from-pg_eventserv.md', () => {
  it('contains the exact error for a wrong value', () => {
    const [shown = ''] = document('docs/coming-from-pg_eventserv.md').blocks.flatMap(({ language, code }) =>
      language === 'text' ? [code.trim()] : [],
    );
    const read = () => eventservGateway({ debug: false }, { ES_CHANNELS: 'people [orders' });
    const inFile = shown
      .replace('pg_eventserv: ', '')
      .replace('Channels[1] in /etc/pg_eventserv.toml', 'ES_CHANNELS[1]');
    expect(read).to.throw(inFile);
  });

  it('lists every key of pg_eventserv', () => {
    const table = document('docs/coming-from-pg_eventserv.md')
      .lines.filter((line) => line.startsWith('| `'))
      .join('\n');
    const { warnings } = eventservGateway({ debug: false }, { ES_ASSETSPATH: 'x', ES_DBPOOLMAXCONNS: '4' });
    expect(warnings).to.have.length(2);
    for (const key of [
      'AssetsPath',
      'BasePath',
      'CORSOrigins',
      'Channels',
      'DbConnection',
      'DbPoolMaxConns',
      'Debug',
      'UrlBase',
    ]) {
      expect(table).to.include(`\`${key}\``);
    }
  });
});
