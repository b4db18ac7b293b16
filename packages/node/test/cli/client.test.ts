import { freePort, startProcess, waitFor, withDeadline } from '@pgwamp/harness';
import { joinByWebSocket } from '@pgwamp/harness/fixtures/join';
import { createRouter } from '@pgwamp/router';
import { expect } from 'chai';
import { pgwamp, program } from '../support/command.ts';
import { createFolder } from '../support/folder.ts';
import { startNode } from '../support/running-node.ts';

async function startRouter() {
  const router = createRouter({ realms: ['realm1'] });
  const { url } = await router.listen({ port: 0 });
  const raw = await router.listen({ type: 'rawsocket', endpoint: { type: 'tcp', port: 0 } });
  return { url, raw: raw.url, [Symbol.asyncDispose]: () => router.close() };
}

describe('pgwamp subscribe and pgwamp publish', () => {
  it('receive and publish an event', async () => {
    await using router = await startRouter();
    const args = ['subscribe', 'com.example.', '--match', 'prefix', '--count', '2', '--json', '--router', router.url];
    await using subscriber = await startProcess(program, { args });
    await waitForOutput(subscriber, 'subscribed to com.example.');
    const published = await pgwamp([
      'publish',
      'com.example.topic1',
      'hello',
      '9007199254740993',
      '{"a": 1}',
      '--router',
      router.url,
    ]);
    expect(published.stdout).to.match(/^published to com\.example\.topic1: publication \d+\n$/);
    await pgwamp(['publish', 'com.example.topic2', '--kwargs', '{"id": 7}', '--router', router.url]);
    expect(await withDeadline(subscriber.exited, 30_000, 'the subscriber to end')).to.deep.equal({
      code: 0,
      signal: null,
    });
    expect(subscriber.output).to.match(
      /"topic":"com\.example\.topic1",.*"args":\["hello",9007199254740993,\{"a":1\}\]/,
    );
    expect(subscriber.output).to.match(/"topic":"com\.example\.topic2",.*"kwargs":\{"id":7\}/);
  });

  for (const [typed, received] of [
    ['com.example.*', 'com.example.orders.new'],
    ['com..new', 'com.orders.new'],
    ['com.*.new', 'com.orders.new'],
  ] as const) {
    it(`accepts ${typed} like the console`, async () => {
      await using router = await startRouter();
      await using subscriber = await startProcess(program, {
        args: ['subscribe', typed, '--count', '1', '--router', router.url],
      });
      await waitForOutput(subscriber, `subscribed to ${typed}`);
      await using session = await joinByWebSocket(router.url);
      await session.publish('com.orders', [0], {}, { acknowledge: true });
      await session.publish(received, [1], {}, { acknowledge: true });
      await waitForOutput(subscriber, `${received} 1`);
      expect(subscriber.output).not.to.include('com.orders 0');
    });
  }

  it('refuses malformed JSON before it connects to a router', async () => {
    for (const text of ['[1', '{a: 1}', ' "x']) {
      const { code, stderr } = await pgwamp(['publish', 'com.example.x', '1', text, '--router', 'ws://127.0.0.1:9/ws']);
      expect(code, stderr).to.equal(2);
      expect(stderr).to.include(`argument 2: expected JSON, found ${text}: `);
      expect(stderr).to.include(`to send it as text, write '${JSON.stringify(text)}'`);
    }
  });

  for (const [options, problem] of [
    ['{"foo": 1}', 'foo: unknown key (expected one of acknowledge, exclude_me,'],
    ['{"Retain": true}', 'Retain: unknown key, did you mean retain?'],
    ['{"retain": "yes"}', 'retain: expected true or false, found "yes"'],
    ['{"exclude": 5}', 'exclude: expected a list, found 5'],
    ['{"exclude": [0.5]}', 'exclude[0]: expected '],
    ['{"eligible_authrole": [1]}', 'eligible_authrole[0]: expected a string, found 1'],
    ['{"acknowledge": false}', 'acknowledge: expected true, found false'],
    ['[]', 'expected a JSON object, found []'],
  ] as const) {
    it(`refuses the options ${options}`, async () => {
      const args = ['publish', 'com.example.x', '--options', options, '--router', 'ws://127.0.0.1:9/ws'];
      const { code, stderr } = await pgwamp(args);
      expect(code, stderr).to.equal(2);
      expect(stderr).to.include(`--options: ${problem}`);
    });
  }

  it('passes options on to the router', async () => {
    await using router = await startRouter();
    const options = '{"retain": true, "exclude_me": false, "eligible_authrole": ["anonymous"], "exclude": [1]}';
    const args = ['com.example.kept', 'hello', '--options', options, '--router', router.url];
    expect((await pgwamp(['publish', ...args])).code).to.equal(0);
    const { stdout } = await pgwamp([
      'subscribe',
      'com.example.kept',
      '--retained',
      '--count',
      '1',
      '--router',
      router.url,
    ]);
    expect(stdout).to.equal('com.example.kept hello\n');
  });

  it('prints events in readable form', async () => {
    await using router = await startRouter();
    await using subscriber = await startProcess(program, {
      args: ['subscribe', 'com.example.topic1', '--router', router.url],
    });
    await waitForOutput(subscriber, 'subscribed to com.example.topic1');
    const json = await pgwamp(['publish', 'com.example.topic1', 'a b', '1', '--json', '--router', router.raw]);
    expect(JSON.parse(json.stdout)).to.have.property('publication').that.is.a('number');
    await waitForOutput(subscriber, 'com.example.topic1 ["a b",1]');
    subscriber.kill('SIGINT');
    expect((await withDeadline(subscriber.exited, 30_000, 'the subscriber to end')).code).to.equal(130);
  });
});

describe('pgwamp call', () => {
  it('prints the result', async () => {
    await using router = await startRouter();
    await using session = await joinByWebSocket(router.url);
    await session.register('com.example.echo', (args, kwargs) => ({ args, kwargs }));
    const call = async (...args: string[]) => pgwamp(['call', 'com.example.echo', ...args, '--router', router.url]);
    expect(await call('5')).to.deep.include({ code: 0, stdout: '5\n' });
    expect((await call('text')).stdout).to.equal('text\n');
    expect((await call('1', '2', '--kwargs', '{"a": null}')).stdout).to.equal('[1,2] {"a":null}\n');
    expect(JSON.parse((await call('1', '--json')).stdout)).to.deep.equal({ args: [1], kwargs: {} });
  });

  it('prints progressive results, one per line', async () => {
    await using router = await startRouter();
    await using session = await joinByWebSocket(router.url);
    await session.register('com.example.count', async (_args, _kwargs, { progress }) => {
      await progress?.([1]);
      await progress?.([2]);
      return 3;
    });
    const { stdout } = await pgwamp(['call', 'com.example.count', '--progress', '--router', router.url]);
    expect(stdout).to.equal('1\n2\n3\n');
  });

  it('prints an error of the procedure, and exits with 1', async () => {
    await using router = await startRouter();
    const text = await pgwamp(['call', 'com.example.missing', '--router', router.url]);
    expect(text.code).to.equal(1);
    expect(text.stderr).to.match(/^pgwamp: wamp\.error\.no_such_procedure/);
    const json = await pgwamp(['call', 'com.example.missing', '--json', '--router', router.url]);
    expect(json.code).to.equal(1);
    expect(JSON.parse(json.stdout)).to.have.property('error', 'wamp.error.no_such_procedure');
  });

  it('exits with 3 if the router is unreachable or the realm does not exist', async () => {
    const away = await pgwamp(['call', 'com.example.x', '--router', 'ws://127.0.0.1:9/ws']);
    expect(away.code).to.equal(3);
    expect(away.stderr).to.match(/^pgwamp: the router at ws:\/\/127\.0\.0\.1:9\/ws cannot be reached/);
    await using router = await startRouter();
    const realm = await pgwamp(['call', 'com.example.x', '--realm', 'realm2', '--router', router.url]);
    expect(realm.code).to.equal(3);
    expect(realm.stderr).to.include('realm2');
  });

  it('exits with 2 for wrong arguments', async () => {
    for (const args of [
      ['--router', 'http://127.0.0.1'],
      ['--router', 'x'],
      ['--kwargs', '[1]'],
      ['--kwargs', '{'],
      ['--ticket', 'x'],
      ['--timeout', '-1'],
      ['[1'],
    ]) {
      const { code, stderr } = await pgwamp(['call', 'com.example.x', ...args]);
      expect(code, stderr).to.equal(2);
    }
  });
});

/** Waits until a line stands in the output of a process. */
async function waitForOutput(child: Awaited<ReturnType<typeof startProcess>>, line: string): Promise<void> {
  await waitFor(() => child.output.split('\n').includes(line), { what: `"${line}"`, deadline: 20_000 });
}

describe('Commands without --router', () => {
  const realms = [
    {
      name: 'shop',
      roles: [{ name: 'anonymous', permissions: [{ uri: '', match: 'prefix', allow: { publish: true } }] }],
    },
  ];
  const publish = async (folder: string, ...args: string[]) =>
    pgwamp(['publish', 'com.example.topic1', ...args], { cwd: folder });

  for (const [what, transport] of [
    [
      'a WebSocket path',
      { type: 'web', paths: { '/': { type: 'static', directory: '.' }, ws: { type: 'websocket' } } },
    ],
    ['a WebSocket', { type: 'websocket' }],
    ['a RawSocket', { type: 'rawsocket' }],
  ] as const) {
    it(`join the first realm of the node in the folder by ${what}`, async () => {
      const endpoint = { type: 'tcp', interface: '0.0.0.0', port: await freePort() };
      const workers = [{ type: 'router', realms, transports: [{ ...transport, endpoint }] }];
      const configuration = JSON.stringify({ version: 2, workers });
      await using folder = await createFolder({ '.crossbar/config.json': configuration });
      await using node = await startNode(configuration);
      await node.ready();
      const { stdout, stderr } = await publish(folder.path);
      expect(stdout, stderr).to.match(/^published to com\.example\.topic1/);
      const elsewhere = await publish(folder.path, '--realm', 'realm2');
      expect(elsewhere.stderr).to.include('realm2');
    });
  }

  it('report mistakes in the configuration of the folder', async () => {
    await using folder = await createFolder({ '.crossbar/config.json': '{"version": 2, "worker": []}' });
    const { code, stderr } = await publish(folder.path);
    expect(code).to.equal(2);
    expect(stderr).to.include('.crossbar/config.json:1:1: workers');
  });
});
