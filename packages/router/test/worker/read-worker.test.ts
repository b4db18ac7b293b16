import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { RouterOptionError } from '../../src/index.ts';
import { readWorker } from '../../src/worker/read-worker.ts';

const REALMS = [{ name: 'realm1' }];
const ENDPOINT = { type: 'tcp', interface: '127.0.0.1', port: 8080 };
const WEBSOCKET = { type: 'websocket', endpoint: ENDPOINT };

function read(worker: object, environment: Record<string, string> = {}) {
  return readWorker({ realms: REALMS, transports: [WEBSOCKET], ...worker }, environment);
}

function refusal(configuration: unknown): string {
  try {
    readWorker(configuration, {});
  } catch (error) {
    expect(error).to.be.instanceOf(RouterOptionError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

describe('Configuration of a router worker', () => {
  it('contains realms, transports, and limits of this router', () => {
    const worker = read({ limits: { maxSessions: 5 } });
    expect(worker).to.eql({ realms: REALMS, transports: [WEBSOCKET], limits: { maxSessions: 5 } });
  });

  it('may be the configuration of a node with one router worker', () => {
    const router = { type: 'router', realms: REALMS, transports: [WEBSOCKET] };
    expect(readWorker({ version: 2, workers: [{ type: 'guest', executable: 'node' }, router] }, {})).to.eql(router);
    expect(refusal({ version: 2, workers: [] })).to.equal('workers: expected one worker of type "router", found 0');
    expect(refusal({ version: 2, workers: [router, router] })).to.include('found 2');
  });

  it('takes ports and secrets from the environment', () => {
    const principals = { joe: { ticket: '${JOE_TICKET}', role: 'user' }, ann: { ticket: '$ecret', role: 'user' } };
    const auth = { ticket: { type: 'static', principals } };
    const transport = { ...WEBSOCKET, endpoint: { ...ENDPOINT, port: '$CB_PORT' }, auth };
    const environment = { CB_PORT: '8081', JOE_TICKET: 's3cr3t' };
    const { transports } = read({ transports: [transport] }, environment);
    expect(transports[0]).to.have.nested.property('endpoint.port', 8081);
    expect(transports[0]).to.have.nested.property('auth.ticket.principals.joe.ticket', 's3cr3t');
    expect(transports[0]).to.have.nested.property('auth.ticket.principals.ann.ticket', '$ecret');
  });

  for (const [configuration, message] of [
    [1, '(top): expected an object, found 1'],
    [{ realms: REALMS }, 'transports: missing (expected a list)'],
    [{ realms: [], transports: [WEBSOCKET] }, 'realms: expected a list with at least 1 item, found an empty list'],
    [{ realms: [{}], transports: [WEBSOCKET] }, 'realms[0].name: missing (expected a string)'],
    [
      {
        realms: [{ name: 'realm1', roles: [{ name: 'a', permissions: [{ uri: '', match: 'all' }] }] }],
        transports: [],
      },
      'realms[0].roles[0].permissions[0].match: expected "exact" or "prefix" or "wildcard", found "all"',
    ],
    [{ realms: REALMS, transports: [{ ...WEBSOCKET, type: 'mqtt' }] }, 'transports[0].type: expected a transport'],
    [
      { realms: REALMS, transports: [{ ...WEBSOCKET, endpoint: { type: 'tcp', port: 65536 } }] },
      'transports[0].endpoint.port: expected a port number from 0 to 65535, found 65536',
    ],
    [
      { realms: REALMS, transports: [{ ...WEBSOCKET, endpoint: { type: 'tcp', port: '$NOWHERE' } }] },
      'transports[0].endpoint.port: environment variable NOWHERE is not set',
    ],
    [
      { realms: REALMS, transports: [{ ...WEBSOCKET, serializers: ['json', 'ubjson'] }] },
      'transports[0].serializers[1]: expected "json" or "msgpack" or "cbor", found "ubjson"',
    ],
    [{ realms: REALMS, transports: [{ ...WEBSOCKET, cookie: {} }] }, 'transports[0].cookie: unknown key'],
    [{ realms: REALMS, transports: [WEBSOCKET], components: [] }, 'components: unknown key'],
  ] as const) {
    it(`is refused with the wrong option: ${message}`, () => {
      expect(refusal(configuration)).to.include(message);
    });
  }

  it('is refused with all mistakes together', () => {
    const message = refusal({ realms: [{ name: 1 }], transports: [{ type: 'web', endpoint: ENDPOINT }] });
    expect(message).to.equal(
      'realms[0].name: expected a string, found 1; transports[0].paths: missing (expected an object)',
    );
  });

  it('is refused without secrets in the error', () => {
    const wampcra = { type: 'static', users: { joe: { secret: 12345678, role: 'user' } } };
    const message = refusal({ realms: REALMS, transports: [{ ...WEBSOCKET, auth: { wampcra } }] });
    expect(message).to.equal('transports[0].auth.wampcra.users.joe.secret: expected a string, found a number');
  });
});

describe('docs/router.md', () => {
  it('contains a valid configuration', async () => {
    const page = await readFile(new URL('../../../../docs/router.md', import.meta.url), 'utf8');
    const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = '']) => JSON.parse(json));
    const configurations = examples.filter((example) => 'transports' in example);
    expect(configurations).not.to.eql([]);
    for (const configuration of configurations) {
      expect(readWorker(configuration, { WAMP_PORT: '8080', JOE_TICKET: 's3cr3t' }).realms[0]?.name).to.equal('realm1');
    }
  });
});
