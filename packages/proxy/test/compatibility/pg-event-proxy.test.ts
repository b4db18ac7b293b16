import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '@pgwamp/config';
import { expect } from 'chai';
import { readPgEventProxy } from '../../src/compatibility/pg-event-proxy.ts';

type Variables = Readonly<Record<string, string>>;

/** The configuration read from variables, and from files, which are given as `FILE(text)`. */
async function read(variables: Variables, ini?: string | Buffer) {
  const folder = await mkdtemp(join(tmpdir(), 'pg-event-proxy-'));
  try {
    const environment: Record<string, string> = {};
    for (const [name, value] of Object.entries(variables)) {
      const [, text] = /^FILE\((.*)\)$/s.exec(value) ?? [];
      environment[name] = text === undefined ? value : join(folder, name);
      if (text !== undefined) await writeFile(join(folder, name), text);
    }
    if (ini !== undefined) await writeFile(join(folder, 'config.ini'), ini);
    return readPgEventProxy(ini === undefined ? undefined : join(folder, 'config.ini'), environment).extra;
  } catch (error) {
    if (error instanceof ConfigurationError) throw new Error(error.message.replaceAll(folder, ''));
    throw error;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function problem(variables: Variables, ini?: string | Buffer): Promise<string> {
  return read(variables, ini).then(
    () => 'none',
    (error: Error) => error.message,
  );
}

const uri = 'postgresql://u:p@db:5432/shop';
const first = { 'PGPROXY_LOCAL-POSTGRESQL_URI': uri, 'PGPROXY_LOCAL-UPSTREAM': 'amqp' };
const upstream = (name: string, value: string) => ({ [`PGPROXY_LOCAL-UPSTREAM_CONFIG-${name}`]: value });

const notify = { kind: 'channel', channels: ['events'], framing: 'key' };
const kept = { kind: 'durable', channels: ['events'], framing: 'key', optional: true };
const params = { 'format-version': 2, 'include-types': false };

describe('Configuration of pg-event-proxy', () => {
  it('version 1: AMQP, with row changes', async () => {
    const channels = 'events->exchange:amq.topic, wal2json->exchange:amq.topic';
    const options = await read({
      ...first,
      ...upstream('URI', 'amqp://user:pass@rabbitmq//'),
      ...upstream('BRIDGE_CHANNELS', channels),
    });
    const common = { to: 'upstream', content_type: 'text', destination: 'amq.topic' };
    expect(options).to.deep.equal({
      name: 'pg-event-proxy',
      database: { uri },
      presence: 'pg-event-proxy',
      state: 'auto',
      slot: 'pg_event_proxy',
      sources: { notify, kept, wal2json: { kind: 'wal', create: true, transactions: true, messages: true } },
      sinks: {
        upstream: { kind: 'amqp', uri: 'amqp://user:pass@rabbitmq/%2F', destination: 'exchange', delivery_mode: 1 },
      },
      routes: [
        { from: 'notify', ...common, channels: ['events'], format: 'raw' },
        { from: 'kept', ...common, channels: ['events'], format: 'raw' },
        { from: 'wal2json', ...common, key: '', format: { type: 'wal2json', ...params } },
      ],
    });
  });

  it('version 1: MQTT with separate credentials, and the key at the end of the topic', async () => {
    const mqtt = { ...first, 'PGPROXY_LOCAL-UPSTREAM': 'mqtt', ...upstream('BRIDGE_CHANNELS', 'events->topic:events') };
    const credentials = { ...upstream('USERNAME', 'us/er'), ...upstream('PASSWORD', 'pa@ss#') };
    const { sinks, routes } = await read({ ...mqtt, ...credentials, ...upstream('URI', 'tcp://mosquitto:1883') });
    expect(sinks).to.deep.equal({ upstream: { kind: 'mqtt', uri: 'tcp://us%2Fer:pa%40ss%23@mosquitto:1883' } });
    expect(routes[0]).to.include({ destination: 'events{.key}' });
  });

  it('version 1: Redis, a slot, parameters with backslashes, and "__" for a dash', async () => {
    const { sinks, slot, routes, sources } = await read({
      PGPROXY_LOCAL__POSTGRESQL_URI: uri,
      PGPROXY_LOCAL__REPLICATION_SLOT: 'mine',
      PGPROXY_LOCAL__WAL2JSON_PARAMS: `\\"format-version\\" '2' , \\"include-types\\" '1', "include-transaction" 'off'`,
      PGPROXY_LOCAL__UPSTREAM: 'redis',
      PGPROXY_LOCAL__UPSTREAM_CONFIG__URI: 'redis://default:pass@redis:6379',
      PGPROXY_LOCAL__UPSTREAM_CONFIG__BRIDGE_CHANNELS: 'wal2json->topic:wal',
    });
    expect(slot).to.equal('mine');
    expect(sinks).to.deep.equal({
      upstream: { kind: 'redis', uri: 'redis://default:pass@redis:6379', destination: 'channel' },
    });
    expect(sources).to.deep.equal({ wal2json: { kind: 'wal', create: true, transactions: false, messages: true } });
    expect(routes[0]?.format).to.include({ 'format-version': 2, 'include-types': true, 'include-transaction': false });
  });

  it('version 2: several upstreams with exchanges, queues, and topics and queues of AWS', async () => {
    const { sinks, routes } = await read({
      'PGPROXY_DATABASE-URI': uri,
      'PGPROXY_UPSTREAM-RABBIT-KIND': 'amqp',
      'PGPROXY_UPSTREAM-RABBIT-URI': 'amqp://u:p@host',
      'PGPROXY_UPSTREAM-RABBIT-BRIDGE_CHANNELS': 'a->exchange:x,b->queue:q',
      'PGPROXY_UPSTREAM-SNS-KIND': 'awssns',
      'PGPROXY_UPSTREAM-SNS-URI': 'aws://host:9911',
      'PGPROXY_UPSTREAM-SNS-BRIDGE_CHANNELS': 'a->topic:arn:aws:sns:eu-west-1:123:t',
      'PGPROXY_UPSTREAM-SQS-KIND': 'awssqs',
      'PGPROXY_UPSTREAM-SQS-URI': 'aws://eu-central-1',
      'PGPROXY_UPSTREAM-SQS-BRIDGE_CHANNELS': 'b->queue:jobs',
    });
    const amqp = { kind: 'amqp', uri: 'amqp://u:p@host/%2F', delivery_mode: 1 };
    expect(sinks).to.deep.equal({
      rabbit_exchange: { ...amqp, destination: 'exchange' },
      rabbit_queue: { ...amqp, destination: 'queue' },
      sns: { kind: 'sns', endpoint: 'http://host:9911', region: 'eu-west-1' },
      sqs: { kind: 'sqs', region: 'eu-central-1' },
    });
    const ways = routes
      .filter(({ from }) => from === 'notify')
      .map(({ to, channels, destination }) => `${channels} ${to} ${destination}`);
    expect(ways).to.deep.equal([
      'a rabbit_exchange x',
      'b rabbit_queue q',
      'a sns arn:aws:sns:eu-west-1:123:t',
      'b sqs jobs',
    ]);
  });

  it('version 2 as an ini file with comments after values, overridden by variables', async () => {
    const ini =
      `# a comment\n[database]\nuri=${uri} # where it is\nwal2json_params = \\"format-version\\" '1'\n\n[upstream.My-Broker]\nkind = mqtt\n` +
      `uri=mqtt://u:pa#ss;@host:1883 # the broker\nbridge_channels = wal2json->topic:wal\n; another comment`;
    const { sinks, slot, routes } = await read({ 'PGPROXY_DATABASE-REPLICATION_SLOT': 'other' }, ini);
    expect(sinks).to.deep.equal({ 'my-broker': { kind: 'mqtt', uri: 'mqtt://u:pa#ss;@host:1883' } });
    expect(slot).to.equal('other');
    expect(routes).to.deep.equal([
      {
        from: 'wal2json',
        to: 'my-broker',
        destination: 'wal',
        key: '',
        format: { type: 'wal2json', 'format-version': 1 },
      },
    ]);
  });

  it('pg-amqp-bridge: variables, and variables that name files', async () => {
    const { sinks, routes, sources } = await read({
      POSTGRESQL_URI_FILE: `FILE(${uri}\n)`,
      AMQP_URI: 'amqp://localhost//',
      BRIDGE_CHANNELS: 'events : amq.topic, pgchannel1:task_queue,',
      DELIVERY_MODE: 'PERSISTENT',
    });
    expect(sinks).to.deep.equal({
      amqp: { kind: 'amqp', uri: 'amqp://localhost/%2F', destination: 'either', delivery_mode: 2 },
    });
    expect(sources).to.have.keys('notify', 'kept');
    expect(routes.map(({ from, destination }) => `${from} ${destination}`)).to.deep.equal([
      'notify amq.topic',
      'kept amq.topic',
      'notify task_queue',
      'kept task_queue',
    ]);
  });

  it('keeps apart upstreams whose names differ only in characters that no sink may have in its name', async () => {
    const broker = (name: string, kinds: string) => ({
      [`PGPROXY_UPSTREAM-${name}-KIND`]: 'amqp',
      [`PGPROXY_UPSTREAM-${name}-URI`]: `amqp://${name}`,
      [`PGPROXY_UPSTREAM-${name}-BRIDGE_CHANNELS`]: kinds,
    });
    const variables = { 'PGPROXY_DATABASE-URI': uri, ...broker('A-B', 'x->queue:q'), ...broker('A_B', 'x->queue:q') };
    const mixed = { ...broker('C', 'x->queue:q, x->exchange:e'), ...broker('C_QUEUE', 'x->queue:q') };
    const urisOf = async (environment: Variables) => {
      const { sinks } = await read(environment);
      return Object.entries(sinks).map(([name, sink]) => `${name} ${(sink as { uri: string }).uri}`);
    };
    const expected = [
      'a_b amqp://A-B/%2F',
      'a_b_2 amqp://A_B/%2F',
      'c_exchange amqp://C/%2F',
      'c_queue amqp://C/%2F',
      'c_queue_2 amqp://C_QUEUE/%2F',
    ];
    expect((await urisOf({ ...variables, ...mixed })).toSorted()).to.deep.equal(expected);
    expect((await urisOf({ ...mixed, ...variables })).toSorted()).to.deep.equal(expected);
  });

  it('reads variables in any case and values in quotation marks, and takes empty ones for not set', async () => {
    const { slot, sinks, routes } = await read({
      'pgproxy_local-postgresql_uri': uri,
      'PGPROXY_LOCAL-UPSTREAM': 'mqtt',
      'PGPROXY_LOCAL-REPLICATION_SLOT': '',
      'PGPROXY_LOCAL-WAL2JSON_PARAMS': '',
      ...upstream('URI', 'tcp://mosquitto:1883'),
      ...upstream('BRIDGE_CHANNELS', 'wal2json->topic:wal'),
      ...upstream('USERNAME', ''),
      ...upstream('PASSWORD', ''),
      ...upstream('DELIVERY_MODE', ''),
      POSTGRESQL_URI: '',
    });
    expect(slot).to.equal('pg_event_proxy');
    expect(sinks).to.deep.equal({ upstream: { kind: 'mqtt', uri: 'tcp://mosquitto:1883' } });
    expect(routes[0]?.format).to.deep.equal({ type: 'wal2json', ...params });
    const ini = `[database]\nuri = "${uri}"\nreplication_slot =\n[upstream.a]\nkind = 'redis'\nuri = redis://"x"@host\nbridge_channels="a->topic:t"`;
    const quoted = await read({ 'PGPROXY_UPSTREAM-A-KIND': '' }, ini);
    expect(quoted.database).to.deep.equal({ uri });
    expect(quoted.sinks).to.deep.equal({ a: { kind: 'redis', uri: 'redis://"x"@host', destination: 'channel' } });
  });

  it('refuses two variables for one setting', async () => {
    const twice = { ...first, PGPROXY_LOCAL__POSTGRESQL_URI: uri, ...upstream('URI', 'amqp://x') };
    expect(await problem({ ...twice, ...upstream('BRIDGE_CHANNELS', 'a->queue:b') })).to.contain(
      'PGPROXY_LOCAL-POSTGRESQL_URI: variable PGPROXY_LOCAL__POSTGRESQL_URI sets the same; remove one of them',
    );
    const both = { ...first, ...upstream('URI', 'amqp://x'), ...upstream('URI_FILE', 'FILE(amqp://y)') };
    expect(await problem({ ...both, ...upstream('BRIDGE_CHANNELS', 'a->queue:b') })).to.contain(
      'variable PGPROXY_LOCAL-UPSTREAM_CONFIG-URI_FILE sets the same; remove one of them',
    );
  });

  it('names the variable or line of each mistake, and what to do', async () => {
    expect(await problem({})).to.contain('PGPROXY_DATABASE-URI: missing: the URI of PostgreSQL; name a file, or set');
    const lambda = await problem({
      ...first,
      'PGPROXY_LOCAL-UPSTREAM': 'awslambda',
      ...upstream('URI', 'aws://x'),
      ...upstream('BRIDGE_CHANNELS', 'a->function:f'),
    });
    expect(lambda).to.contain(
      'PGPROXY_LOCAL-UPSTREAM: awslambda is not supported: let the function be invoked by a topic of SNS',
    );
    const several = await problem({
      ...first,
      ...upstream('BRIDGE_CHANNELS', 'a->topic:x, b'),
      ...upstream('DELIVERY_MODE', '3'),
      ...upstream('USER', 'x'),
    });
    expect(several).to.contain('PGPROXY_LOCAL-UPSTREAM_CONFIG-URI: missing: the URI of the broker');
    expect(several).to.contain('"a->topic:x" goes to a "topic", and this kind of upstream has "exchange" or "queue"');
    expect(several).to.contain('"b" is no bridge: write CHANNEL->KIND:NAME, for example events->exchange:amq.topic');
    expect(several).to.contain('DELIVERY_MODE: expected 1 (not persistent) or 2 (persistent), found "3"');
    expect(several).to.contain('PGPROXY_LOCAL-UPSTREAM_CONFIG-USER: unknown setting; expected [local] postgresql_uri');
    const ini = `[database]\nuri=${uri}\nwal2json_params="include-origin" '1', "nothing" '2'\nwhat is this\n[upstream.a]\nkind=kafka\nuri=x\nbridge_channels=a->b:c`;
    const lines = await problem({}, ini);
    expect(lines).to.contain('/config.ini:3 (database.wal2json_params): include-origin requires the plugin wal2json');
    expect(lines).to.contain('wal2json has no parameter "nothing"; it has format-version');
    expect(lines).to.contain('/config.ini:4: neither "[section]" nor "key = value"');
    expect(lines).to.contain('/config.ini:6 (upstream.a.kind): unknown kind of upstream "kafka"; expected amqp, redis');
    expect(
      await problem({}, undefined).then(() =>
        problem({ POSTGRESQL_URI: uri, AMQP_URI: 'amqp://x', BRIDGE_CHANNELS: 'a:b,a:c' }),
      ),
    ).to.contain('BRIDGE_CHANNELS: channel a is in two bridges');
  });

  it('names only the lines that cannot be read, and nothing that is missing because of them', async () => {
    const upstreams = `[upstream.a]\nkind=amqp\nuri=amqp://x\nbridge_channels=a->queue:b`;
    const files = {
      [`[database]\nuri postgres://x\n${upstreams}`]: [2],
      [`[database\nuri=${uri}\n${upstreams}`]: [1],
      [`[database]\nuri=${uri}\n[upstream.a\nuri=amqp://x\nkind=amqp`]: [3],
      [`[database]\nuri: ${uri}\n[upstream.a]\nkind: amqp\nuri: amqp://x`]: [2, 4, 5],
    };
    for (const [ini, lines] of Object.entries(files)) {
      const text = await problem({}, ini);
      expect(text.match(/(?<=config\.ini:)\d+/g)?.map(Number), text).to.deep.equal(lines);
      expect(text).not.to.match(/missing|twice|unknown/);
    }
  });

  it('reads files in UTF-8 only, with or without a byte order mark', async () => {
    const ini = `[database]\nuri=${uri}\n[upstream.a]\nkind=amqp\nuri=amqp://x\nbridge_channels=a->queue:ü`;
    const { routes } = await read({}, `\ufeff${ini}`);
    expect(routes.map(({ destination }) => destination)).to.include('ü');
    for (const encoding of ['latin1', 'utf16le'] as const) {
      expect(await problem({}, Buffer.from(ini, encoding))).to.match(/save the file as UTF-8$/m);
    }
  });

  it('includes no secret in errors', async () => {
    expect(
      await problem({ ...first, ...upstream('PASSWORD', 'geheim'), ...upstream('NOTHING', 'geheim') }),
    ).not.to.contain('geheim');
  });
});
