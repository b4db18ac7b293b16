import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { parseConfiguration } from '@pgwamp/config';
import {
  type Broker,
  describeWithBroker,
  type PostgresServer,
  pgBouncerVersion,
  type RabbitMq,
  repositoryRoot,
  sharedPostgres,
  startAedes,
  startMoto,
  startPgBouncer,
  startPostgres,
  startPostgresWithWal2json,
  startRabbitMq,
  startRedis,
  type TestDatabase,
  waitFor,
} from '@pgwamp/harness';
import { type CertificateName, certificate, certificatePath } from '@pgwamp/harness/fixtures/certificates';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { started } from '@pgwamp/harness/fixtures/started';
import { createClient } from '@redis/client';
import { connect } from 'amqplib';
import { expect } from 'chai';
import { connectAsync } from 'mqtt';
import { pino } from 'pino';
import { Proxy, proxyConfiguration, readPgEventProxy } from '../../src/index.ts';

type Variables = Readonly<Record<string, string>>;

const log = pino({ level: process.env.TEST_LOG ?? 'silent' });

/** A Proxy as the bin of pg-event-proxy runs it. */
function startDropIn(variables: Variables): Promise<Proxy> {
  const options = readPgEventProxy(undefined, variables);
  return started(new Proxy(parseConfiguration(proxyConfiguration, options, null), { log }));
}

/** Functions as those of pg-event-proxy behave: a durable message is notified if a backend has its name, else it is kept until the next one. */
const originals = `CREATE SCHEMA events; CREATE TABLE events.events (id serial PRIMARY KEY, channel text, message text, created_on timestamptz DEFAULT now());
CREATE FUNCTION events.send_message(channel text, message text, routing_key text DEFAULT '', durable boolean DEFAULT false, skip_flush boolean DEFAULT false)
RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  IF durable AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'pg-event-proxy' AND datname = current_database()) THEN
    INSERT INTO events.events (channel, message) VALUES (send_message.channel, routing_key || '|' || send_message.message);
  ELSE
    PERFORM pg_notify(channel, routing_key || '|' || message);
  END IF;
END $$`;

async function prepare(server: PostgresServer, sql: string) {
  const database = await server.createDatabase();
  const client = await database.connect();
  await client.query(sql);
  const [slot] = [`proxy_${randomBytes(4).toString('hex')}`];
  return {
    slot,
    database,
    run: (statement: string) => client.query(statement),
    isAnnounced: async () => {
      const { rowCount } = await client.query(
        `SELECT FROM pg_stat_activity WHERE application_name = 'pg-event-proxy' AND datname = current_database()`,
      );
      return rowCount === 1;
    },
    async [Symbol.asyncDispose]() {
      await client.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** A broker of MQTT, and what it was sent: a line for each message, with its topic. */
async function openMqtt() {
  await using resources = new AsyncDisposableStack();
  const broker = resources.use(await startAedes());
  const client = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, { reconnectPeriod: 0 });
  resources.defer(() => client.endAsync(true));
  const lines: string[] = [];
  client.on('message', (topic, payload) => lines.push(`${topic} ${payload}`));
  await client.subscribeAsync('#', { qos: 1 });
  const owned = resources.move();
  return {
    port: broker.port,
    lines,
    has: (count: number) => waitFor(() => lines.length >= count, { what: `${count} messages` }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const mqttVariables = (
  { url }: Pick<TestDatabase, 'url'>,
  slot: string,
  port: number,
  channels: string,
): Variables => ({
  'PGPROXY_LOCAL-POSTGRESQL_URI': url,
  'PGPROXY_LOCAL-REPLICATION_SLOT': slot,
  'PGPROXY_LOCAL-UPSTREAM': 'mqtt',
  'PGPROXY_LOCAL-UPSTREAM_CONFIG-URI': `tcp://127.0.0.1:${port}`,
  'PGPROXY_LOCAL-UPSTREAM_CONFIG-USERNAME': 'user',
  'PGPROXY_LOCAL-UPSTREAM_CONFIG-PASSWORD': 'pass$WORD',
  'PGPROXY_LOCAL-UPSTREAM_CONFIG-BRIDGE_CHANNELS': channels,
});

describe('Proxy instead of pg-event-proxy', function () {
  this.timeout(120_000);

  it('sends notifications and row changes in the format of wal2json to MQTT', async () => {
    await using database = await prepare(
      await sharedPostgres(),
      'CREATE TABLE people (id int8 PRIMARY KEY, name text)',
    );
    await using mqtt = await openMqtt();
    const channels = 'events->topic:events, wal2json->topic:wal';
    await using _proxy = await startDropIn(mqttVariables(database.database, database.slot, mqtt.port, channels));
    await database.run(
      `NOTIFY events, 'signup|A new user | signup'; NOTIFY events, '{"a": "b|c"}'; NOTIFY events, '|no key'`,
    );
    await mqtt.has(3);
    expect(mqtt.lines).to.deep.equal(['events.signup A new user | signup', 'events {"a": "b|c"}', 'events no key']);
    await database.run(`INSERT INTO people VALUES (9007199254740993, 'a')`);
    await mqtt.has(6);
    expect(mqtt.lines.slice(3)).to.deep.equal([
      'wal {"action":"B"}',
      'wal {"action":"I","schema":"public","table":"people","columns":[{"name":"id","value":9007199254740993},{"name":"name","value":"a"}]}',
      'wal {"action":"C"}',
    ]);
  });

  it('works with the original functions: delivers stored messages, and notified ones after it is announced, with their spaces', async () => {
    await using database = await prepare(await sharedPostgres(), originals);
    await using mqtt = await openMqtt();
    await database.run(`SELECT events.send_message('events', 'kept', 'key', true)`);
    await database.run(String.raw`SELECT events.send_message('events', E' \t kept \n', ' k ', true)`);
    await using _proxy = await startDropIn(
      mqttVariables(database.database, database.slot, mqtt.port, 'events->topic:events'),
    );
    await mqtt.has(2);
    await waitFor(database.isAnnounced, { what: 'the Proxy to be announced' });
    await database.run(`SELECT events.send_message('events', 'notified', 'key', true)`);
    await database.run(String.raw`SELECT events.send_message('events', E'\n notified \r\n', 'key', true)`);
    await mqtt.has(4);
    expect(mqtt.lines).to.deep.equal([
      'events.key kept',
      'events. k   \t kept \n',
      'events.key notified',
      'events.key \n notified \r\n',
    ]);
    expect((await database.run('SELECT FROM events.events')).rowCount).to.equal(0);
  });

  it('delivers messages that our own functions store, in order, including large and equal ones', async () => {
    await using database = await prepare(
      await sharedPostgres(),
      await readFile(`${repositoryRoot}/sql/events/events.sql`, 'utf8'),
    );
    await using mqtt = await openMqtt();
    const send = (message: string) => database.run(`SELECT events.send_message('events', ${message}, 'k', true)`);
    await send(`repeat('x', 20000)`);
    await using _proxy = await startDropIn(
      mqttVariables(database.database, database.slot, mqtt.port, 'events->topic:events'),
    );
    for (const message of [`'same'`, `'same'`, `'last'`]) await send(message);
    await mqtt.has(4);
    expect(mqtt.lines).to.deep.equal([
      `events.k ${'x'.repeat(20_000)}`,
      'events.k same',
      'events.k same',
      'events.k last',
    ]);
  });
});

describe('Proxy instead of pg-event-proxy: TLS to PostgreSQL', function () {
  this.timeout(120_000);
  const files = { 'server.pem': certificate('server'), 'server-key.pem': certificate('server-key') };
  const settings = { ssl: 'on', ssl_cert_file: 'server.pem', ssl_key_file: 'server-key.pem', wal_level: 'logical' };
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres({ settings, files });
  });
  after(() => server[Symbol.asyncDispose]());

  /** The variables with a URI that verifies the server by an authority. */
  function verified(
    database: TestDatabase,
    slot: string,
    port: number,
    authority: CertificateName,
    host = 'localhost',
  ) {
    const url = new URL(database.url);
    url.hostname = host;
    url.search = `?sslmode=verify-full&sslrootcert=${certificatePath(authority)}`;
    return mqttVariables({ url: url.href }, slot, port, 'events->topic:events, wal2json->topic:wal');
  }

  it('is verified by the authority of the URI, on each connection', async () => {
    await using database = await prepare(server, 'CREATE TABLE people (id int PRIMARY KEY)');
    await using mqtt = await openMqtt();
    await using _proxy = await startDropIn(verified(database.database, database.slot, mqtt.port, 'authority'));
    await database.run('INSERT INTO people VALUES (1)');
    await mqtt.has(3);
    const { rows } = await database.run(
      `SELECT backend_type, ssl FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    expect(rows.map(({ backend_type }) => backend_type)).to.include.members(['walsender', 'client backend']);
    expect(rows.filter(({ ssl }) => !ssl)).to.deep.equal([]);
  });

  for (const [what, authority, host, expected] of [
    ['another authority', 'expired-authority', 'localhost', /its certificate is not accepted: .*Check/],
    [
      'another host name',
      'authority',
      '127.0.0.1',
      /its certificate is not accepted: .*127\.0\.0\.1 is not in the cert/,
    ],
  ] as const) {
    it(`ends the start with an error that names the certificate, given ${what}`, async () => {
      await using database = await prepare(server, 'SELECT');
      const variables = verified(database.database, database.slot, 1883, authority, host);
      const error = await rejection(startDropIn(variables));
      expect(error).to.include({ code: 'PGWAMP_DATABASE_REFUSED' });
      expect(error.message).to.match(expected);
    });
  }
});

const pgBouncer = pgBouncerVersion();
if (pgBouncer !== undefined) {
  const [major, minor] = pgBouncer;
  const passesReplication = major > 1 || minor >= 23;

  describe('Proxy instead of pg-event-proxy: PgBouncer between it and PostgreSQL', function () {
    this.timeout(120_000);

    async function openStage(mode: string) {
      await using stack = new AsyncDisposableStack();
      const database = stack.use(await createSetUpDatabase());
      const { host, port } = stack.use(await startPgBouncer(database, mode));
      const mqtt = stack.use(await openMqtt());
      const client = await database.connect();
      stack.defer(() => client.end());
      await client.query('CREATE TABLE people (id int PRIMARY KEY); CREATE PUBLICATION pgwamp_proxy FOR TABLE people');
      const url = `postgres://crossbar:crossbar@${host}:${port}/${database.name}`;
      const slot = `proxy_${randomBytes(4).toString('hex')}`;
      const kept = stack.move();
      return {
        mqtt,
        run: async (sql: string) => (await client.query(sql)).rows,
        start: (channels: string) => startDropIn(mqttVariables({ url }, slot, mqtt.port, channels)),
        [Symbol.asyncDispose]: () => kept.disposeAsync(),
      };
    }

    for (const mode of ['transaction', 'statement']) {
      it(`is refused with pool_mode = ${mode}, by an error that says what to do`, async () => {
        await using stage = await openStage(mode);
        const error = await rejection(stage.start('events->topic:events'));
        expect(error).to.include({ code: 'PGWAMP_POOLER' });
        expect(error.message).to.match(
          /a proxy between pgwamp and PostgreSQL .*connect to PostgreSQL itself, or pool by session/,
        );
      });
    }

    it('is accepted with pool_mode = session, for notifications', async () => {
      await using stage = await openStage('session');
      await using _proxy = await stage.start('events->topic:events');
      await stage.run(`NOTIFY events, 'key|text'`);
      await stage.mqtt.has(1);
      expect(stage.mqtt.lines).to.deep.equal(['events.key text']);
    });

    if (passesReplication) {
      it('is accepted with pool_mode = session, for the WAL', async () => {
        await using stage = await openStage('session');
        await using _proxy = await stage.start('wal2json->topic:wal');
        await stage.run('INSERT INTO people VALUES (1)');
        await stage.mqtt.has(3);
      });
    } else {
      it('is refused for the WAL, by an error that names PgBouncer, and no slot is left', async () => {
        await using stage = await openStage('session');
        const error = await rejection(stage.start('wal2json->topic:wal'));
        expect(error).to.include({ code: 'PGWAMP_LOG_UNREADABLE' });
        expect(error.message).to.match(
          /no replication connection can be opened: .*unsupported startup parameter: replication.*connect to PostgreSQL itself, or upgrade PgBouncer/,
        );
        expect(await stage.run('SELECT FROM pg_replication_slots WHERE database = current_database()')).to.have.length(
          0,
        );
      });
    }
  });
}

await describeWithBroker('wal2json', 'Proxy with a slot of the plugin wal2json', function () {
  this.timeout(120_000);
  let server: PostgresServer;
  before(async () => {
    server = await startPostgresWithWal2json();
  });
  after(() => server[Symbol.asyncDispose]());

  for (const [params, expected] of [
    [
      `\\"format-version\\" '2' , \\"include-types\\" '0'`,
      [
        '{"action":"B"}',
        '{"action":"I","schema":"public","table":"people","columns":[{"name":"id","value":1},{"name":"twice","value":2}]}',
        '{"action":"I","schema":"public","table":"people","columns":[{"name":"id","value":2},{"name":"twice","value":4}]}',
        '{"action":"C"}',
      ],
    ],
    [
      `"include-types" '0', "pretty-print" 'off'`,
      [
        '{"change":[{"kind":"insert","schema":"public","table":"people","columnnames":["id","twice"],"columnvalues":[1,2]},' +
          '{"kind":"insert","schema":"public","table":"people","columnnames":["id","twice"],"columnvalues":[2,4]}]}',
      ],
    ],
  ] as const) {
    it(`forwards its output unchanged, and nothing twice: ${params}`, async () => {
      const table = 'CREATE TABLE people (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED)';
      await using database = await prepare(server, table);
      await database.run(`SELECT pg_create_logical_replication_slot('${database.slot}', 'wal2json')`);
      await using mqtt = await openMqtt();
      const variables = mqttVariables(database.database, database.slot, mqtt.port, 'wal2json->topic:wal');
      const all = { ...variables, 'PGPROXY_LOCAL-WAL2JSON_PARAMS': params };
      await database.run('INSERT INTO people VALUES (1), (2)');
      const lines = expected.map((line) => `wal ${line}`);
      {
        await using _proxy = await startDropIn(all);
        await mqtt.has(lines.length);
        expect(mqtt.lines).to.deep.equal(lines);
      }
      await using _proxy = await startDropIn(all);
      await database.run('INSERT INTO people VALUES (3)');
      await waitFor(() => mqtt.lines.some((line) => /3,6|"value":6/.test(line)), {
        what: 'the row after the restart',
      });
      expect(mqtt.lines.filter((line) => /1,2|"value":1\}/.test(line))).to.have.length(1);
    });
  }
});

await describeWithBroker('RabbitMQ', 'Proxy instead of pg-event-proxy, with RabbitMQ', function () {
  this.timeout(120_000);
  let rabbit: RabbitMq;
  before(async () => {
    rabbit = await startRabbitMq();
  });
  after(() => rabbit[Symbol.asyncDispose]());

  /** Declares a topic exchange and queues, and takes what comes to the queue "all" of the exchange, and to "jobs". */
  async function consume() {
    const model = await connect(rabbit.uri);
    const channel = await model.createChannel();
    const suffix = randomBytes(4).toString('hex');
    const [exchange, all, jobs] = [`events_${suffix}`, `all_${suffix}`, `jobs_${suffix}`];
    await channel.assertExchange(exchange, 'topic');
    for (const queue of [all, jobs]) await channel.assertQueue(queue);
    await channel.bindQueue(all, exchange, '#');
    const messages: string[] = [];
    for (const queue of [all, jobs]) {
      await channel.consume(
        queue,
        (message) => {
          const { routingKey = '' } = message?.fields ?? {};
          const { contentType = '', deliveryMode = 0 } = message?.properties ?? {};
          messages.push(
            `${queue === all ? 'all' : 'jobs'} ${routingKey === jobs ? '' : routingKey} ${contentType} ${deliveryMode} ${message?.content}`,
          );
        },
        { noAck: true },
      );
    }
    return { exchange, jobs, messages, [Symbol.asyncDispose]: () => model.close() };
  }

  const uri = () => `${rabbit.uri}//`;
  const configurations: readonly [string, (url: string, exchange: string, queue: string) => Variables, number][] = [
    [
      'version 1',
      (url, exchange, queue) => ({
        'PGPROXY_LOCAL-POSTGRESQL_URI': url,
        'PGPROXY_LOCAL-UPSTREAM': 'amqp',
        'PGPROXY_LOCAL-UPSTREAM_CONFIG-URI': uri(),
        'PGPROXY_LOCAL-UPSTREAM_CONFIG-BRIDGE_CHANNELS': `events->exchange:${exchange}, work->queue:${queue}`,
        'PGPROXY_LOCAL-UPSTREAM_CONFIG-DELIVERY_MODE': '2',
      }),
      2,
    ],
    [
      'version 2',
      (url, exchange, queue) => ({
        'PGPROXY_DATABASE-URI': url,
        'PGPROXY_UPSTREAM-RABBIT-KIND': 'amqp',
        'PGPROXY_UPSTREAM-RABBIT-URI': uri(),
        'PGPROXY_UPSTREAM-RABBIT-BRIDGE_CHANNELS': `events->exchange:${exchange},work->queue:${queue}`,
      }),
      1,
    ],
    [
      'pg-amqp-bridge',
      (url, exchange, queue) => ({
        POSTGRESQL_URI: url,
        AMQP_URI: uri(),
        BRIDGE_CHANNELS: `events:${exchange},work:${queue}`,
        DELIVERY_MODE: 'PERSISTENT',
      }),
      2,
    ],
  ];
  for (const [name, variables, mode] of configurations) {
    it(`sends to exchanges and queues with the configuration of ${name}`, async () => {
      await using database = await prepare(await sharedPostgres(), 'SELECT');
      await using consumer = await consume();
      await using _proxy = await startDropIn(variables(database.database.url, consumer.exchange, consumer.jobs));
      await database.run(`NOTIFY events, 'signup.new|hello'; NOTIFY events, '{"a|b": 1}'; NOTIFY work, 'key|do this'`);
      await waitFor(() => consumer.messages.length >= 3, { what: 'three messages' });
      expect(consumer.messages).to.have.members([
        `all signup.new text ${mode} hello`,
        `all  text ${mode} {"a|b": 1}`,
        `jobs  text ${mode} do this`,
      ]);
    });
  }
});

/** Variables of version 2 with one upstream. */
const upstream = (url: string, kind: string, uri: string, channels: string): Variables => ({
  'PGPROXY_DATABASE-URI': url,
  'PGPROXY_UPSTREAM-OUT-KIND': kind,
  'PGPROXY_UPSTREAM-OUT-URI': uri,
  'PGPROXY_UPSTREAM-OUT-BRIDGE_CHANNELS': channels,
});

const notices = `NOTIFY events, 'signup.new|hello'; NOTIFY events, '{"a|b": 1}'`;
const texts = ['hello', '{"a|b": 1}'];

await describeWithBroker('Redis', 'Proxy instead of pg-event-proxy, with Redis', function () {
  this.timeout(120_000);

  it('publishes to a channel with the configuration of version 2', async () => {
    await using broker = await startRedis();
    await using database = await prepare(await sharedPostgres(), 'SELECT');
    const uri = `redis://127.0.0.1:${broker.port}`;
    const subscriber = await createClient({ url: uri }).connect();
    try {
      const messages: string[] = [];
      await subscriber.subscribe('news', (message) => void messages.push(message));
      await using _proxy = await startDropIn(upstream(database.database.url, 'redis', uri, 'events->topic:news'));
      await database.run(notices);
      await waitFor(() => messages.length === 2, { what: 'two messages' });
      expect(messages).to.deep.equal(texts);
    } finally {
      subscriber.destroy();
    }
  });
});

await describeWithBroker('moto', 'Proxy instead of pg-event-proxy, with SNS and SQS', function () {
  this.timeout(120_000);
  const credentials = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_REGION: 'us-east-1' };
  let broker: Broker;
  let sqs: SQSClient;
  let environment: NodeJS.ProcessEnv;
  before(async () => {
    environment = { ...process.env };
    // As the command aws takes them: these configurations have no place for credentials.
    Object.assign(process.env, credentials);
    broker = await startMoto();
    sqs = new SQSClient({ endpoint: `http://127.0.0.1:${broker.port}` });
  });
  after(async () => {
    for (const name of Object.keys(credentials)) {
      if (environment[name] === undefined) delete process.env[name];
      else process.env[name] = environment[name];
    }
    sqs.destroy();
    await broker[Symbol.asyncDispose]();
  });

  async function received(QueueUrl: string): Promise<string[]> {
    const bodies: string[] = [];
    while (bodies.length < texts.length) {
      const request = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5 });
      const { Messages = [] } = await sqs.send(request);
      bodies.push(...Messages.map(({ Body = '' }) => Body));
    }
    return bodies;
  }

  it('sends to an SQS queue with the configuration of version 2', async () => {
    await using database = await prepare(await sharedPostgres(), 'SELECT');
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'work' }));
    const uri = `aws://127.0.0.1:${broker.port}`;
    await using _proxy = await startDropIn(upstream(database.database.url, 'awssqs', uri, 'events->queue:work'));
    await database.run(notices);
    expect(await received(QueueUrl)).to.have.members(texts);
  });

  it('publishes to an SNS topic with the configuration of version 2', async () => {
    await using database = await prepare(await sharedPostgres(), 'SELECT');
    const sns = new SNSClient({ endpoint: `http://127.0.0.1:${broker.port}` });
    try {
      const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'news' }));
      const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'reader' }));
      const Endpoint = 'arn:aws:sqs:us-east-1:123456789012:reader';
      const Attributes = { RawMessageDelivery: 'true' };
      await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes }));
      const uri = `aws://127.0.0.1:${broker.port}`;
      await using _proxy = await startDropIn(
        upstream(database.database.url, 'awssns', uri, `events->topic:${TopicArn}`),
      );
      await database.run(notices);
      expect(await received(QueueUrl)).to.have.members(texts);
    } finally {
      sns.destroy();
    }
  });
});
